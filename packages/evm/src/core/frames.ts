import { FRAMES, FRAME_SIZE } from "./layout";

export let frameCount: u32 = 0;
export let frame: usize = 0;

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
