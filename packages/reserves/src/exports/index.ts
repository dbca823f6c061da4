export { createExport, type ExportPorts } from "./createExport.ts";
export { EXPORT_FORMAT } from "./ExportLine.ts";
export { exportsErrors } from "./errors.ts";
export { type ExportTrust, type ExportVerdict, verifyExport } from "./verifyExport.ts";
