import { endFrame } from "./endFrame";
import { FAULT_STOPPED, fault, raiseFault } from "./fault";
import { frame, frameCount } from "./frames";
import { SWITCH, YIELD } from "./halts";
import { hostPause, PAUSE } from "./host";
import { interpret, runOutUntranslated } from "./interpreter";
import { F_CODE, F_EPOCH, F_GAS, F_NEXT, F_PC } from "./records";
import { NOT_COVERED, resumePoint, translationEpoch } from "./translate";

/** A `hostPause` call costs as much as a short frame. */
const SWITCHES_PER_QUESTION: u32 = 8;

let switches: u32 = 0;

/** Runs until a fault, a pause, or the end of the last frame. */
export function runFrames(): void {
  // Calls the host before the first frame, also after a resumption.
  let isDue = true;
  while (frameCount) {
    const self = frame;
    if (load<u32>(self, F_EPOCH) != translationEpoch) {
      const next = resumePoint(load<u32>(self, F_CODE), load<u32>(self, F_PC), load<i64>(self, F_GAS));
      if (fault) return;
      if (next == NOT_COVERED) {
        endFrame(runOutUntranslated());
        continue;
      }
      store<u32>(self, <u32>next, F_NEXT);
      store<u32>(self, translationEpoch, F_EPOCH);
    }
    const answer = isDue ? hostPause() : 0;
    if (answer) {
      if (answer != PAUSE) raiseFault(FAULT_STOPPED);
      return;
    }
    const halt = interpret();
    // A frame yields only after using much gas.
    isDue = halt == YIELD || ++switches % SWITCHES_PER_QUESTION == 0;
    if (fault) return;
    if (halt < SWITCH) endFrame(halt);
    if (fault) return;
  }
}
