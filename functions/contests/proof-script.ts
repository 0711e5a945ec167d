/**
 * What the page to confirm on does where script runs: it loads ALTCHA's widget, which solves the challenge that stands in the
 * form. Whoever presses the button before that waits for it, though not for long. Where anything of it fails, the form goes as it
 * is: an entry needs no proof. Plain JavaScript as it is sent: its hash is in the page's policy.
 */
export const proofScript = `(() => {
  const widget = document.querySelector("altcha-widget");
  if (!widget) return;
  const form = widget.closest("form");
  const note = document.getElementById("proof");
  let isOver = false;
  let isPressed = false;
  const end = (text) => {
    if (isOver) return;
    isOver = true;
    if (text) note.textContent = text;
    else note.hidden = true;
    if (isPressed) form.submit();
  };
  form.addEventListener("submit", (event) => {
    if (isOver) return;
    event.preventDefault();
    isPressed = true;
    setTimeout(end, 15000);
  });
  note.hidden = false;
  const loaded = new Promise((resolve) => widget.addEventListener("load", resolve, { once: true }));
  import("/docs/altcha.js")
    .then(() => loaded)
    .then(() => {
      $altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker("/docs/altcha-worker.js"));
      return widget.verify();
    })
    // The widget puts the solution into the form a moment later.
    .then((solved) => setTimeout(() => end(solved && note.dataset.done)))
    .catch(() => end());
})();`;
