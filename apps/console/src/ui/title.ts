import { useEffect } from "react";

export function titleOf(page: string): string {
  return `${page} · Trellis`;
}

export function useTitle(page: string): void {
  useEffect(() => {
    const before = document.title;
    const ours = titleOf(page);
    document.title = ours;
    return () => {
      // The next page may have set another title.
      if (document.title === ours) document.title = before;
    };
  }, [page]);
}
