import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ReactNode;
  /** Width as in a CSS grid: `1fr`, `8rem`. */
  readonly width: string;
  readonly isNumeric?: boolean;
  readonly isMinor?: boolean;
}

export interface TableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly onOpen?: (row: T) => void;
  readonly footer?: ReactNode;
  readonly onEnd?: (() => void) | undefined;
}

const ROW_PX = 40;
/** Minimum width of flexible columns. Fits a shortened hash and its copy button. */
const FLEXIBLE_REM = 10;
const GAP_REM = 0.8;
/** In longer tables, only visible rows are rendered. */
const INLINE_MAX = 50;
const FRAME_PX = 560;

const NARROW = matchMedia("(max-width: 720px)");

const isNarrowNow = (): boolean => NARROW.matches;

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      NARROW.addEventListener("change", listener);
      return () => NARROW.removeEventListener("change", listener);
    },
    isNarrowNow,
    isNarrowNow,
  );
}

/** Grid (WAI-ARIA Authoring Practices 1.2). The active row stays active when rows change. */
export function Table<T>({ label, columns: all, rows, keyOf, onOpen, footer, onEnd }: TableProps<T>) {
  const isNarrow = useNarrow();
  const columns = isNarrow ? all.filter(({ isMinor }) => !isMinor) : all;
  const id = useId();
  const [activeKey, setActiveKey] = useState<string>();
  const active = activeKey === undefined ? -1 : rows.findIndex((row) => keyOf(row) === activeKey);
  const { frame, style, shown, scrollTo } = useRowFrame(rows.length, onEnd);

  const move = (event: KeyboardEvent): void => {
    const target = targetOf(event.key, active, rows.length - 1);
    if (target !== undefined) {
      event.preventDefault();
      const next = Math.max(0, Math.min(rows.length - 1, target));
      if (rows[next] !== undefined) setActiveKey(keyOf(rows[next]));
      scrollTo(next);
    } else if (event.key === "Enter" && event.target === event.currentTarget && rows[active] !== undefined) {
      onOpen?.(rows[active]);
    }
  };

  const template = templateOf(columns);
  return (
    <div className="table">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows have keyboard navigation
        role="grid"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-activedescendant={shown.some(({ index }) => index === active) ? `${id}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={move}
        onFocus={() => {
          if (active < 0 && rows[0] !== undefined) setActiveKey(keyOf(rows[0]));
        }}
        style={{ minWidth: `${widthRem(columns)}rem` }}
      >
        <Heads columns={columns} style={template} />
        <tbody ref={frame} style={style}>
          {shown.map(({ index, start }) => {
            const row = rows[index]!;
            return (
              <tr
                key={keyOf(row)}
                id={`${id}-${index}`}
                aria-rowindex={index + 2}
                className={index === active ? "active" : undefined}
                style={{ ...template, transform: `translateY(${start}px)`, height: ROW_PX }}
              >
                {columns.map((column) => (
                  <td key={column.name} className={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {footer}
    </div>
  );
}

function useRowFrame(count: number, onEnd: (() => void) | undefined) {
  const frame = useRef<HTMLTableSectionElement>(null);
  const isVirtual = count > INLINE_MAX;
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    enabled: isVirtual,
  });
  const isEndSeen = isVirtual && virtualizer.range?.endIndex === count - 1;
  useEffect(() => {
    if (isEndSeen) onEnd?.();
  }, [isEndSeen, onEnd]);
  return {
    frame,
    style: isVirtual ? frameStyle(count) : { height: count * ROW_PX },
    shown: isVirtual
      ? virtualizer.getVirtualItems().map(({ index, start }) => ({ index, start }))
      : Array.from({ length: count }, (_, index) => ({ index, start: index * ROW_PX })),
    scrollTo(index: number): void {
      if (isVirtual) virtualizer.scrollToIndex(index);
      else frame.current?.children[index]?.scrollIntoView({ block: "nearest" });
    },
  };
}

type Heading = Pick<Column<never>, "name" | "isNumeric">;

function Heads({ columns, style }: { readonly columns: readonly Heading[]; readonly style: CSSProperties }) {
  return (
    <thead>
      <tr style={style} aria-rowindex={1}>
        {columns.map((column) => (
          <th key={column.name} scope="col" className={classOf(column)}>
            {column.name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function classOf({ isNumeric }: Heading): string | undefined {
  return isNumeric ? "numeric" : undefined;
}

function templateOf<T>(columns: readonly Column<T>[]) {
  const widths = columns.map(({ width }) => width.replace("1fr", `minmax(${FLEXIBLE_REM}rem, 1fr)`));
  return { gridTemplateColumns: widths.join(" ") };
}

function targetOf(key: string, active: number, last: number): number | undefined {
  return {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + 10,
    PageUp: active - 10,
    Home: 0,
    End: last,
  }[key];
}

function widthRem<T>(columns: readonly Column<T>[]): number {
  return columns.reduce(
    (sum, { width }) => sum + GAP_REM + (width === "1fr" ? FLEXIBLE_REM : Number.parseFloat(width)),
    0,
  );
}

function frameStyle(rowCount: number): CSSProperties {
  return { height: FRAME_PX, overflow: "auto", "--length": `${rowCount * ROW_PX}px` } as CSSProperties;
}
