import { useEffect } from "react";
import { Failure } from "../ui/states.tsx";

const AGAIN_MS = 1_500;

export function NotLoaded({ error }: { readonly error: Error }) {
  useEffect(reloadAfterOutage, []);
  return <Failure error={error} onRetry={() => void reloadIfServed()} />;
}

/** Reloads only after an outage, because other failures would repeat. */
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

/** If the server is down, a reload would show the browser's error page. */
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
