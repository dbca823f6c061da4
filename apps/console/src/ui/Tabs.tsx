import type { KeyboardEvent } from "react";

interface TabsProps<T extends string> {
  readonly label: string;
  readonly names: readonly T[];
  readonly chosen: T;
  readonly onChoose: (name: T) => void;
}

/** Roving tabindex (WAI-ARIA Authoring Practices 1.2). */
export function Tabs<T extends string>({ label, names, chosen, onChoose }: TabsProps<T>) {
  const walk = (event: KeyboardEvent): void => {
    const at = placeAfter(event.key, names.indexOf(chosen), names.length);
    if (at === undefined) return;
    event.preventDefault();
    onChoose(names[at]!);
    (event.currentTarget.children[at] as HTMLElement).focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={label} tabIndex={-1} onKeyDown={walk}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={name === chosen}
          tabIndex={name === chosen ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

export function placeAfter(key: string, at: number, count: number): number | undefined {
  return {
    ArrowRight: (at + 1) % count,
    ArrowLeft: (at + count - 1) % count,
    Home: 0,
    End: count - 1,
  }[key];
}
