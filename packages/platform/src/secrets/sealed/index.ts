export { wrappingOf } from "./readSealedSecret.ts";
export {
  openSealed,
  parseSealedFile,
  rotateSealedFile,
  SEALED_FILE_SIZE_MAX,
  SEALED_NAME,
  type SealedFile,
  sealedFileToText,
  sealSecret,
} from "./sealedFile.ts";
