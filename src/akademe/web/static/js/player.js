// Remembers where a video was left and how fast it ran; tells the server (data-watched) once it has been seen.
import { post } from "./http.js";

const SEEN = 0.9;
const EVERY = 5;

export function mount(video) {
  const key = `player:${video.dataset.player}`;
  let kept = 0;

  video.addEventListener("loadedmetadata", () => {
    const at = Number(localStorage.getItem(key));
    if (at > EVERY && at < video.duration - EVERY) video.currentTime = at;
    video.playbackRate = Number(localStorage.getItem("player-rate")) || 1;
  }, { once: true });
  if (video.readyState > 0) video.dispatchEvent(new Event("loadedmetadata"));

  video.addEventListener("ratechange", () => localStorage.setItem("player-rate", video.playbackRate));
  video.addEventListener("timeupdate", () => {
    if (Math.abs(video.currentTime - kept) >= EVERY) {
      kept = video.currentTime;
      localStorage.setItem(key, kept);
    }
    if (video.dataset.watched && video.currentTime / video.duration >= SEEN) {
      const url = video.dataset.watched;
      delete video.dataset.watched;
      post(url, new URLSearchParams()).catch(() => (video.dataset.watched = url));
    }
  });
  video.addEventListener("ended", () => localStorage.removeItem(key));
}
