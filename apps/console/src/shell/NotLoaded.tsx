import { useEffect } from "react";
import { Failure } from "../ui/states.tsx";

const AGAIN_MS = 1_500;

/** In place of a page whose code did not come. Where the server was gone, the page is loaded once it is back. */
export function NotLoaded({ error }: { readonly error: Error }) {
  useEffect(reloadAfterOutage, []);
  return <Failure error={error} onRetry={() => void reloadIfServed()} />;
}

/** A server that answered all the while would fail again: then nothing is done. */
function reloadAfterOutage(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const look = async (again: () => Promise<boolean>): Promise<void> => {
    if ((await again()) || isOver) return;
    timer = setTimeout(() => void look(reloadIfServed), AGAIN_MS);
  };
  void look(isServed);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Without a server the browser would show a page of its own in place of the console. */
async function reloadIfServed(): Promise<boolean> {
  const isThere = await isServed();
  if (isThere) location.reload();
  return isThere;
}

async function isServed(): Promise<boolean> {
  return fetch("/icon.svg", { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );
}
