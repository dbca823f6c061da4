import { type KeyWrapping, passphraseWrapping } from "@trellis/platform/keys";
import { systemRandom } from "@trellis/platform/system";

/** A low cost, because tests open many repositories. */
export function wrappingOf(passphrase: string): KeyWrapping {
  return passphraseWrapping(passphrase, { random: systemRandom, cost: 2 });
}
