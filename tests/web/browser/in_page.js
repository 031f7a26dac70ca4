// What the proofs ask of a page, in the page.
({
  // What reaches past the right edge of a screen this wide. What scrolls within itself may.
  sticking_out(width) {
    const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
    const within_a_scroller = (element) => {
      for (let at = element.parentElement; at && at !== document.body; at = at.parentElement)
        if (scrolls(at)) return true;
      return false;
    };
    const reaches = (element) =>
      element.checkVisibility() && element.getBoundingClientRect().right > width + 0.5;
    const root = document.documentElement;
    const out = [...document.body.querySelectorAll("*")]
      .filter((element) => reaches(element) && !within_a_scroller(element))
      .map((element) => `${this.described(element)} reaches ${
        Math.ceil(element.getBoundingClientRect().right)} of ${width}`);
    const wide = Math.max(root.scrollWidth, document.body.scrollWidth, root.clientWidth);
    if (wide > width) out.unshift(`the page is ${wide} wide on a screen of ${width}`);
    return out;
  },

  described(element) {
    const tag = element.localName + (element.id && `#${element.id}`);
    const name = this.name_of(element);
    return name ? `<${tag}> "${name.slice(0, 60)}"` : `<${tag}>`;
  },

  name_of(element) {
    const by = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
    const labels = by.length ? by.map((id) => document.getElementById(id)) : element.labels ?? [];
    const said =
      by.length || !element.ariaLabel
        ? [...labels].map((label) => label?.innerText).join(" ")
        : element.ariaLabel;
    const pushes = /^(submit|button|reset)$/.test(element.type) && element.localName === "input";
    const own = pushes ? element.value : element.innerText;
    return (said.trim() || own || element.title || "").replace(/\s+/g, " ").trim();
  },

  // Everything the Tab key should come to, in the order it is read.
  stops() {
    const can = `a[href],area[href],button,input:not([type=hidden]),select,textarea,summary,
      iframe,[tabindex],[contenteditable]:not([contenteditable=false])`;
    const of_its_group = (radio) => {
      if (radio.type !== "radio" || !radio.name) return true;
      const group = [...document.querySelectorAll("input[type=radio]")].filter(
        (other) => other.name === radio.name && other.form === radio.form && !other.disabled,
      );
      return radio === (group.find((other) => other.checked) ?? group[0]);
    };
    return [...document.querySelectorAll(can)].filter(
      (element) =>
        element.tabIndex >= 0 && !element.matches(":disabled") && !element.closest("[inert]") &&
        element.checkVisibility({ visibilityProperty: true }) && of_its_group(element),
    );
  },

  // What an element, its label and its neighbours look like, as far as a focus could be seen in it.
  look_of(element) {
    const unseen = (colour) => /^transparent$|^rgba\(.*,\s*0\)$|\/\s*0\)$/.test(colour);
    const seen_in = (style) => {
      const { outlineStyle, outlineWidth, outlineColor } = style;
      const outlined =
        outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && !unseen(outlineColor);
      return [
        outlined && `${outlineStyle} ${outlineWidth} ${outlineColor}`,
        style.boxShadow, style.backgroundColor, style.backgroundImage, style.color,
        style.borderTop, style.borderBottom, style.borderLeft,
        style.textDecorationLine, style.textDecorationThickness,
      ].join();
    };
    return [element, ...(element.labels ?? []), element.nextElementSibling, element.parentElement]
      .filter(Boolean)
      .flatMap((one) => ["", "::before", "::after"].map((part) => seen_in(getComputedStyle(one, part || null))))
      .join(";");
  },

  // The next Tab comes to what is first; what everything looks like until then is kept, to compare.
  begin() {
    const start = Object.assign(document.createElement("span"), { tabIndex: -1 });
    document.body.prepend(start);
    start.focus({ preventScroll: true });
    start.remove();
    const stops = this.stops();
    window.mandat_walk = { stops, looks: new Map(stops.map((stop) => [stop, this.look_of(stop)])) };
    return stops.map((stop) => this.described(stop));
  },

  // Where the focus is: which stop, its name, and what is wrong with how it shows.
  at() {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const { stops, looks } = window.mandat_walk;
    const described = this.described(element);
    const wrong = [];
    if (looks.has(element) && looks.get(element) === this.look_of(element))
      wrong.push(`${described} looks no different when it has the focus`);
    if (this.is_covered(element)) wrong.push(`${described} has the focus where nobody sees it`);
    return { stop: stops.indexOf(element), name: this.name_of(element), described, wrong };
  },

  is_covered(element) {
    const seen = [element, ...(element.labels ?? [])];
    return !seen.some((one) =>
      [...one.getClientRects()].some(({ left, right, top, bottom, width, height }) =>
        [[0.5, 0.5], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]].some(([across, down]) => {
          const hit = document.elementFromPoint(left + across * width, top + down * height);
          return hit && (one.contains(hit) || hit.contains(one));
        }),
      ),
    );
  },
})
