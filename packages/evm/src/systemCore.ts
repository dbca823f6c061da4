import { readFileSync } from "node:fs";
import { baseErrors } from "@trellis/base";

/** `tracing` calls the host before each instruction. */
export type CoreBuild = "core" | "tracing";
type ModuleName = CoreBuild | "barrett" | "pairing" | "pairing-portable";

const modules = new Map<ModuleName, WebAssembly.Module>();

/** Engines share modules and their optimised code. @throws BUILD_MISSING */
export function coreModule(name: ModuleName): WebAssembly.Module {
  const known = modules.get(name);
  if (known !== undefined) return known;
  const file = new URL(`../generated/${name}.wasm`, import.meta.url);
  try {
    const module = new WebAssembly.Module(readFileSync(file));
    modules.set(name, module);
    return module;
  } catch (cause) {
    throw baseErrors.BUILD_MISSING({ module: name }, cause);
  }
}
