// The chat, loaded at the first opening: the conversation, and the panel that shows it.

import { Conversation } from "./conversation.js";
import { Panel } from "./panel.js";
import { Words } from "./words.js";

/** Make the chat on `ground`, an element of the launcher's. It gives what the launcher needs. */
export function start({ ground, desk, catalogue, language, onClose, onUnread, onLanguage }) {
  const panel = new Panel({
    ground,
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
    ask: (question) => panel.ask(question),
    moved: (focused) => panel.moved(focused),
    speak: (chosen) => panel.speak(new Words(catalogue.words, chosen)),
  };
}
