// Enhancements. Every page works without them.
"use strict";

// After a refusal the reasons are what the reader meets first.
document.getElementById("refusal")?.focus();

// On a phone the places are one row: the one we are at is in sight.
{
  const row = document.querySelector(".top nav ul");
  const here = row?.querySelector("[aria-current]");
  if (here) row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

// A day or a registry number is not broken in two at the end of a line.
{
  const WHOLE = /(?:[A-ZÅÄÖ]+ )?\d{4}-\d[\d-]*\d/g;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (text) =>
    text.parentElement.closest("script, textarea, option, title, svg, .unseen, .visually-hidden, .date, .letter")
      ? NodeFilter.FILTER_REJECT
      : NodeFilter.FILTER_ACCEPT,
  );
  const found = [];
  while (texts.nextNode()) if (texts.currentNode.data.match(WHOLE)) found.push(texts.currentNode);
  for (const text of found) {
    const parts = [];
    let from = 0;
    for (const { 0: day, index } of text.data.matchAll(WHOLE)) {
      const whole = document.createElement("span");
      whole.className = "date";
      whole.textContent = day;
      parts.push(text.data.slice(from, index), whole);
      from = index + day.length;
    }
    text.replaceWith(...parts, text.data.slice(from));
  }
}

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
