import { endFrame } from "./endFrame";
import { FAULT_STOPPED, fault, raiseFault } from "./fault";
import { frame, frameCount } from "./frames";
import { SWITCH } from "./halts";
import { hostPause, PAUSE } from "./host";
import { interpret, runOutUntranslated } from "./interpreter";
import { F_CODE, F_EPOCH, F_GAS, F_NEXT, F_PC } from "./records";
import { NOT_COVERED, resumePoint, translationEpoch } from "./translate";

/**
 * Runs frames until the outermost has ended, a ceiling was hit, or the host stops or pauses the message. Frames are left
 * without a fault exactly when it was paused: then this continues where it was.
 */
export function runFrames(): void {
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
    const answer = hostPause();
    if (answer) {
      if (answer != PAUSE) raiseFault(FAULT_STOPPED);
      return;
    }
    const halt = interpret();
    if (fault) return;
    if (halt < SWITCH) endFrame(halt);
    if (fault) return;
  }
}
