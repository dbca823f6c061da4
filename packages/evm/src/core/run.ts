import { heat } from "./compiled";
import { endFrame } from "./endFrame";
import { FAULT_STOPPED, fault, raiseFault } from "./fault";
import { frame, frameCount } from "./frames";
import { INTERPRET, SWITCH, YIELD } from "./halts";
import { hostPause, PAUSE } from "./host";
import { interpret, runOutUntranslated } from "./interpreter";
import { F_CODE, F_COMPILED, F_EPOCH, F_GAS, F_NEXT, F_PC } from "./records";
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
    const compiled = TRACING ? 0 : load<u32>(self, F_COMPILED);
    if (compiled == 0 && load<u32>(self, F_EPOCH) != translationEpoch) {
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
    const halt = compiled ? call_indirect<i32>(compiled, self) : interpretFrame(self);
    if (halt == INTERPRET) {
      store<u32>(self, 0, F_COMPILED);
      store<u32>(self, 0, F_EPOCH);
      isDue = false;
      continue;
    }
    // A frame yields only after using much gas.
    isDue = halt == YIELD || ++switches % SWITCHES_PER_QUESTION == 0;
    if (fault) return;
    if (halt < SWITCH) endFrame(halt);
    if (fault) return;
  }
}

/** Counts the gas that the code uses, without that of its calls. */
function interpretFrame(self: usize): i32 {
  const code: usize = load<u32>(self, F_CODE);
  const before = load<i64>(self, F_GAS);
  const halt = interpret();
  const forCall = halt == SWITCH ? load<i64>(frame, F_GAS) : 0;
  heat(code, before - load<i64>(self, F_GAS) - forCall);
  return halt;
}
