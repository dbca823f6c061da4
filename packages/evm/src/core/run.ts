import { endFrame } from "./endFrame";
import { FAULT_STOPPED, fault, raiseFault } from "./fault";
import { frame, frameCount } from "./frames";
import { SWITCH } from "./halts";
import { hostPause } from "./host";
import { interpret } from "./interpreter";
import { F_CODE, F_EPOCH, F_NEXT, F_PC } from "./records";
import { resumePoint, translationEpoch } from "./translate";

/** Runs frames until the outermost has ended, a ceiling was hit, or the host wants no more. */
export function runFrames(): void {
  while (frameCount) {
    const self = frame;
    if (load<u32>(self, F_EPOCH) != translationEpoch) {
      store<u32>(self, <u32>resumePoint(load<u32>(self, F_CODE), load<u32>(self, F_PC)), F_NEXT);
      store<u32>(self, translationEpoch, F_EPOCH);
    }
    if (hostPause()) {
      raiseFault(FAULT_STOPPED);
      return;
    }
    const halt = interpret();
    if (fault) return;
    if (halt < SWITCH) endFrame(halt);
    if (fault) return;
  }
}
