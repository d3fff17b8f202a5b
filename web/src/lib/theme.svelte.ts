// Light or dark: as the system has it, unless somebody said otherwise on this page.
const NAME = "seethrough-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

type Theme = "light" | "dark";

class Look {
  #system = $state<Theme>(system.matches ? "dark" : "light");
  #own = $state<Theme | null>(stored());
  readonly now = $derived(this.#own ?? this.#system);

  constructor() {
    system.addEventListener("change", () => (this.#system = system.matches ? "dark" : "light"));
    this.#apply();
  }

  turn(): void {
    const other = this.now === "dark" ? "light" : "dark";
    this.#own = other === this.#system ? null : other;
    this.#apply();
    try {
      if (this.#own) localStorage.setItem(NAME, this.#own);
      else localStorage.removeItem(NAME);
    } catch {
      // a browser that keeps nothing: it holds until the page is closed
    }
  }

  #apply(): void {
    if (this.#own) document.documentElement.dataset.theme = this.#own;
    else delete document.documentElement.dataset.theme;
  }
}

function stored(): Theme | null {
  try {
    const kept = localStorage.getItem(NAME);
    return kept === "light" || kept === "dark" ? kept : null;
  } catch {
    return null;
  }
}

export const look = new Look();
