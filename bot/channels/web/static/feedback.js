// "Was this answer helpful?" under an answer: yes, or no with a reason and a comment.

import { button, el } from "./dom.js";

const REASONS = ["incomplete", "unclear", "off_topic", "other"];
const COMMENT_CHARS = 500;

/** The question under `message`; `judge({helpful, reason?, comment?})` tells the desk, `bring(view)` into view. */
export function feedback(message, words, { judge, show: bring }) {
  const view = el("div", { class: "feedback" });
  const id = `helpful-${message.seq}`;

  const show = (...children) => view.replaceChildren(...children);
  const thank = (focus) => {
    const thanks = el("p", { class: "thanks", tabindex: "-1" }, words.say("thanks"));
    show(thanks);
    if (focus) thanks.focus({ preventScroll: true });
    if (focus) bring(view);
  };
  /** Tell the desk; what went wrong is said beside what was pressed. */
  const tell = async (judgement, done) => {
    view.querySelector(".error")?.remove();
    try {
      await judge(judgement);
      done();
    } catch (error) {
      const why = error.messages?.[words.language] ?? words.say("trouble");
      view.append(el("p", { class: "error", role: "alert" }, why));
      bring(view);
    }
  };
  const ask = () => {
    const answer = (helpful, key, done) =>
      button(
        { class: "small", click: () => tell({ helpful }, done), "data-name": `${key}-${message.seq}` },
        words.say(key),
      );
    show(
      el("p", { id }, words.say("helpful")),
      el(
        "div",
        { class: "actions", role: "group", "aria-labelledby": id },
        answer(true, "yes", () => thank(true)),
        answer(false, "no", () => {
          const form = whyForm(message.seq, words, (why) => tell({ helpful: false, ...why }, () => thank(true)));
          show(form);
          form.querySelector("input").focus({ preventScroll: true });
          bring(form);
        }),
      ),
    );
  };

  if (message.helpful === null || message.helpful === undefined) ask();
  else thank(false);
  return view;
}

function whyForm(seq, words, send) {
  const reasons = REASONS.map((reason) =>
    el(
      "label",
      { class: "reason" },
      el("input", { type: "radio", name: `reason-${seq}`, value: reason }),
      el("span", {}, words.say(`reason_${reason}`)),
    ),
  );
  const comment = el("textarea", { id: `comment-${seq}`, rows: "2", maxlength: String(COMMENT_CHARS) });
  const submit = (event) => {
    event.preventDefault();
    const reason = form.querySelector("input:checked")?.value ?? null;
    send({ reason, comment: comment.value.trim() ? comment.value : null });
  };
  const form = el(
    "form",
    { submit },
    el("fieldset", {}, el("legend", {}, words.say("why")), ...reasons),
    el("label", { for: comment.id }, words.say("comment")),
    comment,
    el("button", { type: "submit", class: "small" }, words.say("send_feedback")),
  );
  return form;
}
