import { FRAMES, FRAME_SIZE } from "./layout";

/** How many frames there are: the depth of the running one plus one. */
export let frameCount: u32 = 0;
/** The running frame. */
export let frame: usize = 0;

/** Bytes of the last call's output at RETURN_DATA, as the running frame sees it. */
export let returnLength: u32 = 0;

export function resetFrames(): void {
  frameCount = 0;
  frame = 0;
  returnLength = 0;
}

export function pushFrame(): usize {
  frame = FRAMES + <usize>frameCount * FRAME_SIZE;
  frameCount++;
  return frame;
}

export function popFrame(): void {
  frameCount--;
  frame = frameCount == 0 ? 0 : FRAMES + <usize>(frameCount - 1) * FRAME_SIZE;
}

export function setReturnLength(length: u32): void {
  returnLength = length;
}
