import { useEffect, useRef, useState } from "react";
import { callService } from "../callService.ts";
import { pageTarget, type ServicePage } from "../useServicePages.ts";
import { type AuditEntryJson, type BrokenLink, ChainCheck } from "./verifyChain.ts";

export interface AuditLog {
  readonly entries: readonly AuditEntryJson[];
  readonly checkedCount: number;
  readonly head: string;
  readonly broken: BrokenLink | undefined;
  /** True if the last request read the end of the log. */
  readonly isWhole: boolean;
  readonly heardAtMs: number;
  readonly error: Error | null;
}

const PAGE_ENTRIES = 200;
/** Older entries are verified, but not displayed. */
const SHOWN_MAX = 20_000;
const EVERY_MS = 5_000;

export function useAuditLog(path: string): AuditLog {
  const [log, setLog] = useState<AuditLog>(() => ({
    entries: [],
    checkedCount: 0,
    head: new ChainCheck().head,
    broken: undefined,
    isWhole: false,
    heardAtMs: 0,
    error: null,
  }));
  const read = useRef({ check: new ChainCheck(), cursor: null as string | null, skip: 0 });

  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    read.current = { check: new ChainCheck(), cursor: null, skip: 0 };
    const ask = async (): Promise<void> => {
      const { check, cursor, skip } = read.current;
      let pauseMs = EVERY_MS;
      try {
        const target = pageTarget(`${path}?limit=${PAGE_ENTRIES}`, cursor);
        const { items, next } = await callService<ServicePage<AuditEntryJson>>(target, { signal });
        const fresh = items.slice(skip);
        for (const entry of fresh) check.add(entry);
        read.current = { check, cursor: next ?? cursor, skip: next === null ? items.length : 0 };
        if (next !== null) pauseMs = 0;
        setLog((known) => ({
          entries: fresh.length === 0 ? known.entries : [...known.entries, ...fresh].slice(-SHOWN_MAX),
          checkedCount: check.count,
          head: check.head,
          broken: check.broken,
          isWhole: next === null,
          heardAtMs: Date.now(),
          error: null,
        }));
      } catch (error) {
        if (signal.aborted) return;
        setLog((known) => ({ ...known, error: error as Error }));
      }
      if (!signal.aborted) timer = setTimeout(() => void ask(), pauseMs);
    };
    let timer = setTimeout(() => void ask(), 0);
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [path]);
  return log;
}
