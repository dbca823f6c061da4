export {
  type CounterpartyCheck,
  createScreening,
  SCREENING_CODES,
  type ScreenedTrade,
  type Screening,
  type ScreeningCode,
  type ScreeningLists,
  type ScreeningPorts,
  type ScreeningRefusal,
} from "./createScreening.ts";
