import type { OpcodeName } from "../opcodes.ts";
import { numberOf, type SegmentKind } from "../SegmentKind.ts";

export const slots: SegmentKind = {
  parameters: {
    opcode: ["SLOAD", "SSTORE", "TLOAD", "TSTORE"],
    /** Number of distinct keys. 0 uses a new key per access. */
    keys: [0, 1, 2, 1_000],
    value: ["zero", "counter", "one"],
    count: [1, 4, 16, 64],
  },
  label: ({ opcode, keys }) => `${opcode} of ${keys === 0 ? "new keys" : "known keys"}`,
  emit(assembler, values) {
    const isStore = String(values.opcode).endsWith("STORE");
    for (let index = 0; index < numberOf(values, "count"); index++) {
      if (isStore) {
        if (values.value === "counter") assembler.dup(1);
        else assembler.push(values.value === "one" ? 1 : 0);
      }
      const keys = numberOf(values, "keys");
      if (keys > 0) assembler.push(keys);
      assembler.dup((keys > 0 ? 2 : 1) + (isStore ? 1 : 0));
      if (index > 0) assembler.push(index * 0x1_0000_0000_0000).op("ADD");
      if (keys > 0) assembler.op("MOD");
      assembler.op(values.opcode as OpcodeName);
      if (!isStore) assembler.op("POP");
    }
  },
};

export const newAccounts: SegmentKind = {
  parameters: {
    opcode: ["BALANCE", "EXTCODEHASH", "EXTCODESIZE", "EXTCODECOPY", "CALL"],
    value: [0, 0, 1],
    count: [1, 4, 16],
  },
  label: ({ opcode }) => `${opcode} of new accounts`,
  emit(assembler, values) {
    for (let index = 0; index < numberOf(values, "count"); index++) {
      if (values.opcode === "EXTCODECOPY") assembler.push(32).push(0).push(0);
      if (values.opcode === "CALL") {
        assembler.push(0).push(0).push(0).push(0).push(numberOf(values, "value"));
      }
      const height = values.opcode === "EXTCODECOPY" ? 3 : values.opcode === "CALL" ? 5 : 0;
      assembler
        .dup(height + 1)
        .push((BigInt(index + 1) << 80n) + (0xaan << 152n))
        .op("ADD");
      if (values.opcode === "CALL") assembler.push(0);
      assembler.op(values.opcode as OpcodeName);
      if (values.opcode !== "EXTCODECOPY") assembler.op("POP");
    }
  },
};
