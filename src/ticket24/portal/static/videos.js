// A video that does not play says so and can be asked for again: its link, which stands
// above it, leads to the file in any case. So does one of which only the sound plays, as
// browsers do that do not know what phones record (HEVC). Without this the player shows
// that it cannot.

const talk = document.getElementById("talk");

function note(video) {
  const line = document.createElement("p");
  const again = document.createElement("button");
  line.className = "unplayable";
  again.type = "button";
  again.className = "link";
  again.textContent = talk.dataset.again;
  again.addEventListener("click", () => {
    line.remove();
    video.hidden = false;
    video.load();
    video.play().catch(() => {}); // What is wrong is told as an error again.
    video.focus({ preventScroll: true });
  });
  line.append(talk.dataset.unplayable, " ", again);
  return line;
}

function mark(video) {
  const unseen = video.readyState > 0 && !video.videoWidth;
  if (!(video.error || unseen) || video.nextElementSibling?.className === "unplayable") return;
  const focused = document.activeElement === video;
  const line = note(video);
  video.hidden = Boolean(video.error);
  video.after(line);
  if (focused && video.hidden) line.querySelector("button").focus({ preventScroll: true });
}

if (talk) {
  for (const news of ["error", "loadedmetadata"]) {
    talk.addEventListener(news, ({ target }) => target instanceof HTMLVideoElement && mark(target), true);
  }
  // A page that was made anew knows no notes.
  const renewed = new MutationObserver(() => talk.querySelectorAll("video").forEach(mark));
  renewed.observe(talk, { childList: true, subtree: true });
}
