// Requests to our own pages, with the token that proves them ours.
const headers = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");

export const words = JSON.parse(document.body.dataset.words ?? "{}");

export function post(url, body, options = {}) {
  return fetch(url, { method: "POST", body, headers: { ...headers(), "HX-Request": "true", ...options.headers }, ...options.init });
}

export function token() {
  return headers()["X-CSRF-Token"];
}

let live;
export function announce(text) {
  if (!live) {
    live = document.createElement("div");
    live.className = "sr";
    live.setAttribute("role", "status");
    document.body.append(live);
  }
  live.textContent = text;
}
