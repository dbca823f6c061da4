export { type ColumnCipher, LiveColumnCipher } from "./ColumnCipher.ts";
export { type AtRest, openAtRest, sealedTexts } from "./openAtRest.ts";
export { type Resealed, type ResealOptions, resealColumn, type SealedColumn } from "./resealColumn.ts";
export { rewriteTable } from "./rewriteTable.ts";
export type { TextCipher } from "./TextCipher.ts";
