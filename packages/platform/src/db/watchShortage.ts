import { isTrellisError, type TrellisError } from "@trellis/base";
import type { SqlEngine } from "./SqlEngine.ts";

export function watchShortage(engine: SqlEngine, noted: (error: TrellisError) => void): SqlEngine {
  const noting = async <T>(statement: () => Promise<T>): Promise<T> => {
    try {
      return await statement();
    } catch (error) {
      if (isTrellisError(error, "DB_RESOURCES_EXHAUSTED")) noted(error);
      throw error;
    }
  };
  return {
    ...engine,
    async acquire() {
      const session = await engine.acquire();
      return {
        ...session,
        query: (text, parameters) => noting(() => session.query(text, parameters)),
        script: (text) => noting(() => session.script(text)),
      };
    },
  };
}
