// The approved words of the widget in one language, and how that language writes dates and spaces.

const NO_BREAK = "\u00a0";

export class Words {
  #said;

  constructor(catalogue, language) {
    this.language = language;
    this.locale = `${language}-CA`;
    this.#said = catalogue[language];
  }

  /** The text `key`, its places filled with `values`. */
  say(key, values = {}) {
    const text = this.#said[key].replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
    return set(text, this.language);
  }

  /** A calendar date ("2006-09-29") in words. */
  date(day) {
    const moment = new Date(`${day}T12:00:00Z`);
    if (Number.isNaN(moment.getTime())) return day;
    const said = new Intl.DateTimeFormat(this.locale, { dateStyle: "long", timeZone: "UTC" }).format(moment);
    return this.language === "fr" ? said.replace(/^1 /, "1er ") : said;
  }

  /** The time of day of a moment. */
  time(moment) {
    const said = new Intl.DateTimeFormat(this.locale, { timeStyle: "short" }).format(new Date(moment));
    return said.replace(/^0(?=\d)/, "");
  }
}

/** `text` as its language sets it: no line breaks in a telephone number, nor in French before ":" or inside « ». */
export function set(text, language) {
  const whole = text.replace(/(\(\d{3}\)) (?=\d{3}-\d{4})/g, `$1${NO_BREAK}`);
  if (language !== "fr") return whole;
  return whole
    .replace(/ (?=[:»%])/g, NO_BREAK)
    .replace(/« /g, `«${NO_BREAK}`)
    .replace(/(\d) (?=h\b)/g, `$1${NO_BREAK}`);
}
