// Enhancements. Every page works without them.
"use strict";

// After a refusal the reasons are what the reader meets first.
document.getElementById("refusal")?.focus();

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // Whoever comes back by the browser's own arrow may send it again.
  setTimeout(() => delete form.dataset.sent, 4000);
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Work that goes on: its part of the page is fetched again until it is done.
for (const part of document.querySelectorAll("[data-again]")) {
  const again = async () => {
    const answer = await fetch(part.dataset.again, { headers: { "X-Part": "yes" } });
    if (answer.status === 200) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (fresh) {
        part.replaceChildren(...fresh.childNodes);
        if (fresh.dataset.again) setTimeout(again, 1000);
        else location.reload();
        return;
      }
    }
    setTimeout(again, 3000);
  };
  setTimeout(again, 1000);
}
