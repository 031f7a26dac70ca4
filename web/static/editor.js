// While someone writes, what is not saved is kept for them. Saving works without this.
"use strict";

{
  const form = document.getElementById("editor");
  const kept = document.getElementById("kept");
  let waiting;
  let sending = false;
  let changed = false;

  const say = (words, link) => {
    kept.textContent = words;
    if (link) {
      const a = document.createElement("a");
      a.href = "/login?next=" + encodeURIComponent(form.getAttribute("action"));
      a.target = "_blank";
      a.rel = "noopener";
      a.textContent = " " + link;
      kept.append(a);
    }
  };

  // After someone has logged in anew in another window this one gets a token that is good again.
  const renewed = async () => {
    const answer = await fetch(form.getAttribute("action"), { cache: "no-store" });
    if (!answer.ok || answer.redirected) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("main input[name=token]");
    if (!token) return false;
    form.elements.token.value = token.value;
    return true;
  };

  const keep = async (again = true) => {
    if (!changed || sending) return;
    sending = true;
    changed = false;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.unsaved, { method: "POST", body, keepalive: body.toString().length < 60000 });
      if (answer.status === 204) {
        const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
        say(form.dataset.kept.replace("{time}", time));
      } else if (answer.status === 409) {
        say(form.dataset.closed);
      } else {
        changed = true;
        if (answer.status === 401 || answer.status === 403) {
          if (again && (await renewed())) {
            sending = false;
            await keep(false);
            return;
          }
          say(form.dataset.out, form.dataset.login);
        } else say(form.dataset.away);
        later(15000);
      }
    } catch {
      changed = true;
      say(form.dataset.away);
      later(15000);
    } finally {
      sending = false;
    }
  };

  const later = (milliseconds) => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, milliseconds);
  };

  form.addEventListener("input", () => {
    changed = true;
    later(1500);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    changed = false;
  });
  addEventListener("focus", () => keep());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
  });
}
