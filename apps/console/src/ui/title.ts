import { useEffect } from "react";

/** Of the tab, by the name of the page. */
export function titleOf(page: string): string {
  return `${page} · Trellis`;
}

/** Names the tab otherwise than by the page's address, as long as what says so is shown. */
export function useTitle(page: string): void {
  useEffect(() => {
    const before = document.title;
    const ours = titleOf(page);
    document.title = ours;
    return () => {
      // Who went to another page has its title already.
      if (document.title === ours) document.title = before;
    };
  }, [page]);
}
