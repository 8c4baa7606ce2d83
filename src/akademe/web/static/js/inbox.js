// The number of unread messages, kept live over Socket.IO.
import { announce, words } from "./http.js";

const KEY = "inbox-unread";

export function start() {
  show(Number(sessionStorage.getItem(KEY)) || 0);
  const idle = globalThis.requestIdleCallback ?? ((run) => setTimeout(run, 500));
  idle(async () => {
    await count();
    const { io } = await import("../vendor/socketio.js");
    const socket = io({ transports: ["websocket"], reconnectionDelayMax: 30000 });
    socket.on("notification:new", () => {
      show((Number(sessionStorage.getItem(KEY)) || 0) + 1);
      announce(words.message);
    });
    socket.io.on("reconnect", count);
    for (const name of ["course:completed", "assessment:graded"]) {
      socket.on(name, (data) => document.body.dispatchEvent(new CustomEvent(name, { detail: data })));
    }
  });
}

async function count() {
  const answer = await fetch("/inbox/count").catch(() => null);
  if (answer?.ok) show((await answer.json()).unread);
}

function show(number) {
  sessionStorage.setItem(KEY, number);
  for (const badge of document.querySelectorAll("[data-inbox-count]")) {
    badge.textContent = number ? (number > 99 ? "99+" : number) : "";
  }
}
