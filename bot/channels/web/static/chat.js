// The chat, loaded at the first opening: the conversation, and the panel that shows it.

import { Conversation } from "./conversation.js";
import { Panel } from "./panel.js";
import { Words } from "./words.js";

/** Make the chat in the shadow root `root`. What the launcher needs of it: `start`, `open`, `close`, `speak`. */
export function start({ root, desk, style, catalogue, language, onClose, onUnread, onLanguage }) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const panel = new Panel({
    root,
    conversation: new Conversation(desk),
    words: new Words(catalogue.words, language),
    maxChars: catalogue.max_chars,
    onClose,
    onUnread,
    onLanguage,
  });
  return {
    start: () => panel.start(),
    open: (options) => panel.open(options),
    close: () => panel.close(),
    speak: (chosen) => panel.speak(new Words(catalogue.words, chosen)),
  };
}
