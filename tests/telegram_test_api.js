// Serves npm's telegram-test-api on loopback: node telegram_test_api.js FOLDER PORT. FOLDER: where npm installed it.
const { createRequire } = require("module");

const [folder, port] = process.argv.slice(2);
const TelegramServer = createRequire(`${folder}/`)("telegram-test-api");
// What is said stays to be looked at for as long as a test may take.
new TelegramServer({ host: "127.0.0.1", port: Number(port), storeTimeout: 24 * 3600 }).start();
