import { rawMethods } from "./raw.ts";
import { storageMethods } from "./storage.ts";
import { traceMethods } from "./trace.ts";

export const debugMethods = [...traceMethods, ...rawMethods, ...storageMethods];
