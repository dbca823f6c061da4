import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { SearchHitJson } from "../live/chainTypes.ts";
import { node } from "../live/node.ts";
import { nameOf, wayTo } from "../pages/search/hits.ts";
import { Badge } from "../ui/primitives.tsx";
import { UntrustedText } from "../ui/UntrustedText.tsx";

const QUIET_MS = 150;
const CHARACTERS_MAX = 100;
const NAME_CHARACTERS_MAX = 40;

/** Combobox with a list (WAI-ARIA Authoring Practices 1.2). */
export function Search() {
  const navigate = useNavigate();
  const input = useKeyFocused();
  const listId = useId();
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const hits = useHits(text.trim(), isOpen);

  const close = (): void => {
    setOpen(false);
    setActive(-1);
  };
  const goTo = (hit: SearchHitJson): void => {
    close();
    void navigate(wayTo(hit));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const hit = hits[active];
    close();
    if (hit !== undefined) goTo(hit);
    else if (text.trim() !== "") void navigate({ to: "/search", search: { text: text.trim() } });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setOpen(true);
      const places = hits.length + 1;
      setActive(((active + 1 + step + places) % places) - 1);
    } else if (event.key === "Escape" && hits.length > 0) {
      event.stopPropagation();
      close();
    }
  };
  return (
    <search>
      <form onSubmit={submit}>
        <input
          ref={input}
          type="text"
          inputMode="search"
          enterKeyHint="search"
          role="combobox"
          aria-label="Search by hash, address, number or token"
          aria-autocomplete="list"
          aria-keyshortcuts="Control+K Meta+K"
          aria-expanded={hits.length > 0}
          aria-controls={hits.length > 0 ? listId : undefined}
          aria-activedescendant={active >= 0 && active < hits.length ? optionId(listId, active) : undefined}
          autoComplete="off"
          placeholder="Hash, address, number, token  (Ctrl K)"
          maxLength={CHARACTERS_MAX}
          spellCheck={false}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            setOpen(true);
            setActive(-1);
          }}
          onKeyDown={onKeyDown}
          onBlur={close}
        />
      </form>
      {hits.length > 0 && <Offers listId={listId} hits={hits} active={active} onChoose={goTo} />}
    </search>
  );
}

function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}

function Offers({
  listId,
  hits,
  active,
  onChoose,
}: {
  readonly listId: string;
  readonly hits: readonly SearchHitJson[];
  readonly active: number;
  readonly onChoose: (hit: SearchHitJson) => void;
}) {
  return (
    <div id={listId} role="listbox" aria-label="Search results" className="offers">
      {hits.map((hit, index) => (
        <div
          key={JSON.stringify(hit)}
          id={optionId(listId, index)}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          onMouseDown={(event) => {
            event.preventDefault();
            if (event.button === 0) onChoose(hit);
          }}
        >
          <Badge>{hit.kind}</Badge> <UntrustedText text={nameOf(hit)} charactersMax={NAME_CHARACTERS_MAX} />
        </div>
      ))}
    </div>
  );
}

/** Single-key shortcuts conflict with speech input (WCAG 2.2, 2.1.4). */
function useKeyFocused() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  return input;
}

function useHits(text: string, isOpen: boolean): readonly SearchHitJson[] {
  const wanted = useQuiet(text);
  const found = useQuery({
    queryKey: ["offers", wanted],
    queryFn: ({ signal }) => node.request<readonly SearchHitJson[]>("trellis_search", [wanted], signal),
    enabled: isOpen && wanted !== "",
    staleTime: 0,
  });
  return isOpen && text === wanted ? (found.data ?? []) : [];
}

function useQuiet(text: string): string {
  const [quiet, setQuiet] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setQuiet(text), QUIET_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return quiet;
}
