import { ByteReader } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";

/** Reads a file from its beginning to its end. Everything throws PROOF_MALFORMED where bytes are missing. */
export class ProofReader extends ByteReader {
  constructor(bytes: Uint8Array) {
    super(bytes, { malformed: liabilitiesErrors.PROOF_MALFORMED });
  }

  /** UTF-8 behind its size in one byte. */
  text(what: string): string {
    const bytes = this.take(this.u8(what), what);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw liabilitiesErrors.PROOF_MALFORMED({ what, expected: "UTF-8" }, cause);
    }
  }
}
