import type { Random } from "@trellis/base";
import { createEnvelope } from "./createEnvelope.ts";
import type { Envelope } from "./Envelope.ts";

/** @throws the errors of createEnvelope */
export function createLiveEnvelope(masterKeys: () => readonly Uint8Array[], random: Random): Envelope {
  let used: readonly Uint8Array[] = [];
  let envelope: Envelope | undefined;
  const current = (): Envelope => {
    const keys = masterKeys();
    const isSame = keys.length === used.length && keys.every((key, index) => key === used[index]);
    if (envelope !== undefined && isSame) return envelope;
    used = keys;
    envelope = createEnvelope(keys, random);
    return envelope;
  };
  current();
  return {
    get prefix() {
      return current().prefix;
    },
    seal: (context, plain) => current().seal(context, plain),
    open: (context, sealed) => current().open(context, sealed),
    isCurrent: (sealed) => current().isCurrent(sealed),
    rotate: (context, sealed) => current().rotate(context, sealed),
  };
}
