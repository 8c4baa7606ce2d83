// Counts the seconds a lesson is in sight and tells the server (data-study) once a minute and on leaving. Completing the
// lesson sends what was not told yet. Somebody who does nothing for a while is taken to be away.
import { post } from "./http.js";

const EVERY = 60;
const AWAY = 120;

export function mount(bar) {
  const field = bar.querySelector("[name=time_spent]");
  let untold = 0, idle = 0;
  showPlace(document.getElementById("side"));

  setInterval(() => {
    if (document.hidden || ++idle > AWAY) return;
    untold += 1;
    if (field) field.value = untold;
    if (untold >= EVERY) tell();
  }, 1000);

  function tell(options = {}) {
    if (!untold) return;
    const seconds = untold;
    untold = 0;
    if (field) field.value = 0;
    post(bar.dataset.study, new URLSearchParams({ time_spent: seconds }), options).catch(() => (untold += seconds));
  }

  for (const sign of ["pointerdown", "pointermove", "keydown", "scroll", "touchstart"]) {
    addEventListener(sign, () => (idle = 0), { passive: true });
  }
  document.addEventListener("play", () => (idle = -Infinity), true);
  document.addEventListener("pause", () => (idle = 0), true);
  bar.addEventListener("submit", () => (untold = 0));
  addEventListener("pagehide", () => tell({ init: { keepalive: true } }));
}

// In a long outline the open lesson is brought into sight; the page itself stays where it is.
function showPlace(side) {
  const current = side?.querySelector("[aria-current]");
  if (current) side.scrollTop += current.getBoundingClientRect().top - side.getBoundingClientRect().top - side.clientHeight / 3;
}
