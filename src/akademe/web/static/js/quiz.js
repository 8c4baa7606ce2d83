// Saves answers while they are given (data-save), keeps the numbers of answered questions, submits when time is up.
import { post, words } from "./http.js";

const TYPING = 900;
const CHOOSING = 200;
const RETRY = [2000, 5000, 15000, 30000];

export function mount(form) {
  const status = document.querySelector("[data-save-status]");
  let timer, failures = 0, dirty = false, sending = false;

  const say = (text) => status && (status.textContent = text);
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  };

  async function save() {
    if (!form.dataset.save || !dirty) return;
    if (sending) return later(CHOOSING);
    dirty = false;
    sending = true;
    try {
      const answer = await post(form.dataset.save, new FormData(form));
      if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
      failures = 0;
      if (answer.ok) say(`${words.saved} ${new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" })}`);
      else if (answer.status === 409 || answer.status === 404) location.reload(); // submitted meanwhile, here or elsewhere
      else say(words.failed);
    } catch {
      dirty = true;
      say(words.unsaved);
      later(RETRY[Math.min(failures++, RETRY.length - 1)]);
    } finally {
      sending = false;
    }
  }

  function mark() {
    form.querySelectorAll("[data-question]").forEach((question) => {
      const link = document.querySelector(`[data-jump][href="#${CSS.escape(question.id)}"]`);
      link?.toggleAttribute("data-answered", isAnswered(question));
    });
  }

  const changed = (wait) => {
    dirty = true;
    mark();
    later(wait);
  };
  form.addEventListener("input", (event) => changed(event.target.matches("[type=radio], [type=checkbox], select") ? CHOOSING : TYPING));
  form.addEventListener("change", () => changed(CHOOSING));
  form.addEventListener("time-up", () => {
    form.noValidate = true;
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (!navigator.onLine) {
      // What was typed stays on this page; the page of the browser's error would have lost it.
      event.preventDefault();
      return void say(words.kept);
    }
    clearTimeout(timer);
    dirty = false;
  });
  addEventListener("pagehide", () => dirty && form.dataset.save && post(form.dataset.save, new FormData(form), { init: { keepalive: true } }));
  addEventListener("beforeunload", (event) => failures && dirty && event.preventDefault());
  addEventListener("online", () => dirty && later(0));
  mark();
}

function isAnswered(question) {
  const choices = question.querySelectorAll("[type=radio], [type=checkbox]");
  if (choices.length) return [...choices].some((choice) => choice.checked);
  const fields = [...question.querySelectorAll("input, select, textarea")];
  return fields.length > 0 && fields.every((field) => field.value.trim());
}
