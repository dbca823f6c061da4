import { describe, expect, it } from "vitest";
import { FAULTS } from "../faults/faults.ts";
import { parseArguments, typedOptions } from "./parseArguments.ts";

describe("npm run simulate", () => {
  it("SIMULATION_OPTION_INVALID", () => {
    for (const args of [
      ["--seed", "one"],
      ["--nodes", "1"],
      ["--faults", "gravity"],
      ["--faults", "badbatch"],
      ["--shards", "2", "--faults", "withhold"],
      ["--shards", "2", "--validators", "3"],
      ["--sead", "1"],
      ["7"],
    ]) {
      expect(() => parseArguments(args)).toThrow(
        expect.objectContaining({ code: "SIMULATION_OPTION_INVALID" }),
      );
    }
  });

  it("parses its own output", () => {
    const options = { seed: 9, nodes: 5, durationS: 30, faults: ["loss", "kill"] as const };
    expect(parseArguments(typedOptions(options).split(" "))).toMatchObject(options);
    expect(parseArguments(["--faults", "all"]).faults).toEqual(FAULTS);
    expect(parseArguments(["--shards", "2", "--faults", "badbatch,loss"]).faults).toEqual([
      "badbatch",
      "loss",
    ]);
    expect(typedOptions(parseArguments(["--seed", "3", "--faults", "none"]))).toBe("--seed 3 --faults none");
  });
});
