import { compactToTarget, type StreamParameters, workOfTarget } from "@trellis/protocol";
import { createPowAlgorithm } from "./createPowAlgorithm.ts";

/** @returns index of the stream whose blocks take the least time at genesis */
export function cheapestStream(streams: readonly StreamParameters[]): number {
  const times = streams.map((stream) => {
    const { hashMicroseconds, prepareMicroseconds } = createPowAlgorithm(stream);
    return prepareMicroseconds + hashMicroseconds * Number(workOfTarget(compactToTarget(stream.genesisBits)));
  });
  return times.indexOf(Math.min(...times));
}
