import { useEffect, useRef, useSyncExternalStore } from "react";
import type { DagBlock } from "../live/DagBlock.ts";
import { dagStore } from "../live/DagStore.ts";
import { DagScene, FRAME_MS } from "./DagScene.ts";
import { IN_MEMORY } from "./DagTiles.ts";
import type { Palette } from "./drawing.ts";

const WHEEL_STEP = 0.0015;
const KEY_PAN = 60;
const KEY_ZOOM = 1.25;
const TEXT_MS = 500;
/** A shorter movement, in CSS pixels, is a click. */
const CLICK_SLOP = 4;
const ELAPSED_MS_MAX = 100;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

interface DagViewProps {
  readonly label: string;
  readonly onSelect: (block: DagBlock) => void;
  /** If true, the view always follows the sink. */
  readonly isStrip?: boolean;
}

export function DagView({ label, onSelect, isStrip = false }: DagViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const select = useRef(onSelect);
  select.current = onSelect;
  const status = useRef<HTMLParagraphElement>(null);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const scene = new DagScene();
    if (isStrip) scene.camera = { ...scene.camera, scale: 18 };
    // Browser tests read `element.scene`.
    Object.assign(element, { scene });
    return runScene(
      element,
      scene,
      isStrip,
      (block) => select.current(block),
      (text) => {
        if (status.current !== null) status.current.textContent = text;
      },
    );
  }, [isStrip]);

  return (
    <div className={isStrip ? "dag dag-strip" : "dag"}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: keyboard navigation */}
      <canvas ref={canvas} tabIndex={0} role="application" aria-label={label} />
      <p ref={status} className="visually-hidden" aria-live="polite" />
    </div>
  );
}

export function useDag() {
  return useSyncExternalStore(subscribeSlowly, dagStore.snapshot);
}

function subscribeSlowly(listener: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = dagStore.subscribe(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      listener();
    }, TEXT_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function runScene(
  canvas: HTMLCanvasElement,
  scene: DagScene,
  isStrip: boolean,
  onSelect: (block: DagBlock) => void,
  say: (text: string) => void,
): () => void {
  const context = canvas.getContext("2d", { alpha: false, ...IN_MEMORY })!;
  const end = new AbortController();
  const { signal } = end;
  let isStale = true;
  let frame: number | undefined;
  let lastMs: number | undefined;
  let isDue = true;

  const draw = (nowMs: number): void => {
    const elapsedMs = Math.min(ELAPSED_MS_MAX, nowMs - (lastMs ?? nowMs - FRAME_MS));
    lastMs = nowMs;
    scene.isCalm = CALM.matches;
    if (isStale) {
      isStale = false;
      const { blocks, finalizedNumber } = dagStore.snapshot();
      scene.update(blocks, finalizedNumber, nowMs);
    }
    const { size, ratio, palette } = look;
    const isMoving = scene.step(elapsedMs, size.width, nowMs);
    if (isMoving || isDue) scene.draw(context, size, ratio, palette, nowMs);
    isDue = isMoving;
    if (isMoving || scene.isGliding) frame = requestAnimationFrame(draw);
    else frame = lastMs = undefined;
  };
  const change = (): void => {
    isDue = true;
    frame ??= requestAnimationFrame(draw);
  };
  const take = (): void => {
    isStale = true;
    change();
  };

  const look = watchLook(canvas, change, signal);
  const stop = dagStore.subscribe(take);
  take();

  const focus = (block: DagBlock | undefined): void => {
    if (block === undefined) return;
    scene.focused = block.hash;
    say(describe(block));
    change();
  };
  listenToPointers(canvas, scene, { isStrip, signal, change, onSelect, size: () => look.size });
  canvas.addEventListener(
    "keydown",
    (event) => keyDown(event, scene, { isStrip, size: look.size, change, focus, onSelect }),
    { signal },
  );

  return () => {
    end.abort();
    if (frame !== undefined) cancelAnimationFrame(frame);
    stop();
  };
}

interface Look {
  size: { readonly width: number; readonly height: number };
  ratio: number;
  palette: Palette;
}

function watchLook(canvas: HTMLCanvasElement, change: () => void, signal: AbortSignal): Look {
  const look: Look = { size: { width: 0, height: 0 }, ratio: 1, palette: paletteOf(canvas) };
  const resize = new ResizeObserver(() => {
    look.ratio = window.devicePixelRatio;
    look.size = { width: canvas.clientWidth, height: canvas.clientHeight };
    canvas.width = Math.round(look.size.width * look.ratio);
    canvas.height = Math.round(look.size.height * look.ratio);
    look.palette = paletteOf(canvas);
    change();
  });
  resize.observe(canvas);
  const theme = new MutationObserver(() => {
    look.palette = paletteOf(canvas);
    change();
  });
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  signal.addEventListener("abort", () => {
    resize.disconnect();
    theme.disconnect();
  });
  return look;
}

interface Hands {
  readonly isStrip: boolean;
  readonly signal: AbortSignal;
  readonly change: () => void;
  readonly onSelect: (block: DagBlock) => void;
  readonly size: () => { readonly width: number; readonly height: number };
}

function listenToPointers(canvas: HTMLCanvasElement, scene: DagScene, hands: Hands): void {
  const { isStrip, signal, change, onSelect, size } = hands;
  const pointers = new Map<number, { x: number; y: number }>();
  let travelled = 0;
  const at = (event: MouseEvent) => ({ x: event.offsetX, y: event.offsetY });
  canvas.addEventListener(
    "pointerdown",
    (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, at(event));
      travelled = 0;
    },
    { signal },
  );
  canvas.addEventListener(
    "pointermove",
    (event) => {
      const before = pointers.get(event.pointerId);
      const now = at(event);
      if (before === undefined) {
        const block = scene.blockAt(now.x, now.y, size().width, size().height);
        canvas.style.cursor = block === undefined ? (isStrip ? "default" : "grab") : "pointer";
        canvas.title = block === undefined ? "" : describe(block);
        return;
      }
      travelled += Math.hypot(now.x - before.x, now.y - before.y);
      if (!isStrip && pointers.size === 2) {
        const other = [...pointers].find(([id]) => id !== event.pointerId)![1];
        const spread = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y);
        const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        scene.zoom(spread(now) / Math.max(1, spread(before)), middle, size());
        scene.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      } else if (!isStrip && travelled > CLICK_SLOP) scene.pan(now.x - before.x, now.y - before.y);
      pointers.set(event.pointerId, now);
      change();
    },
    { signal },
  );
  const release = (event: PointerEvent): void => {
    const point = at(event);
    if (pointers.delete(event.pointerId) && travelled <= CLICK_SLOP && event.type === "pointerup") {
      const block = scene.blockAt(point.x, point.y, size().width, size().height);
      if (block !== undefined) onSelect(block);
    }
  };
  canvas.addEventListener("pointerup", release, { signal });
  canvas.addEventListener("pointercancel", release, { signal });
  if (isStrip) return;
  canvas.style.touchAction = "none";
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      if (event.shiftKey) scene.pan(-event.deltaY, 0);
      else scene.zoom(Math.exp(-event.deltaY * WHEEL_STEP), at(event), size());
      change();
    },
    { signal, passive: false },
  );
}

const WALKS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" } as const;

function keyDown(
  event: KeyboardEvent,
  scene: DagScene,
  hands: Pick<Hands, "isStrip" | "change" | "onSelect"> & {
    readonly size: { readonly width: number; readonly height: number };
    readonly focus: (block: DagBlock | undefined) => void;
  },
): void {
  const { isStrip, size, change, focus, onSelect } = hands;
  const middle = { x: size.width / 2, y: size.height / 2 };
  const { key } = event;
  if (key in WALKS) {
    if (event.shiftKey && !isStrip) {
      const [dx, dy] = { left: [1, 0], right: [-1, 0], up: [0, 1], down: [0, -1] }[
        WALKS[key as keyof typeof WALKS]
      ] as [number, number];
      scene.pan(dx * KEY_PAN, dy * KEY_PAN);
    } else {
      const block = scene.neighbour(WALKS[key as keyof typeof WALKS]);
      focus(block);
      if (block !== undefined && !isStrip) scene.show(block.hash);
    }
  } else if ((key === "+" || key === "=") && !isStrip) scene.zoom(KEY_ZOOM, middle, size);
  else if (key === "-" && !isStrip) scene.zoom(1 / KEY_ZOOM, middle, size);
  else if (key === "End" || key === "f") scene.isFollowing = true;
  else if (key === "Enter" && scene.focused !== undefined) {
    const found = scene.blocks.get(scene.focused);
    if (found !== undefined) onSelect(found.block);
  } else return;
  event.preventDefault();
  change();
}

function describe(block: DagBlock): string {
  const what = block.isChainBlock ? `chain block ${block.number}` : `${block.color ?? "unmerged"} block`;
  return `${what}, blue score ${block.blueScore}, ${block.hash.slice(0, 10)}…, ${block.transactionCount} transactions`;
}

function paletteOf(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: of("--dag-background"),
    final: of("--dag-final"),
    edge: of("--dag-edge"),
    chain: of("--dag-chain"),
    blue: of("--dag-blue"),
    red: of("--dag-red"),
    pending: of("--dag-pending"),
    focus: of("--text"),
    text: of("--text-soft"),
  };
}
