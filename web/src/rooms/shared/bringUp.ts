// Where the top of something is scrolled out of sight, bring it back; else leave the page as it stands.
const HEAD = 116; // what always stands at the top

export function bringUp(element: HTMLElement | undefined): void {
  const top = element?.getBoundingClientRect().top ?? HEAD;
  if (top < HEAD || top > innerHeight / 2) scrollBy({ top: top - HEAD });
}
