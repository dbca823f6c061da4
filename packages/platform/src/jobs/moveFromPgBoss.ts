/** Drops pg-boss's schema after moving its jobs. Failed jobs move only as dead letters. (ADR 0027) */
export function moveFromPgBoss(schema: string): string {
  const former = schema.replace(/_state$/, "");
  const progressOf = (id: string) => `(
      SELECT jsonb_strip_nulls(jsonb_build_object('done', done, 'total', total, 'phase', phase))
      FROM ${schema}.progress WHERE job_id = ${id})`;
  return `
DO $$
BEGIN
  IF to_regclass('${former}.queue') IS NOT NULL THEN
    INSERT INTO ${schema}.job
      (id, kind, key, state, data, attempts, progress, output, start_after, created_on, ended_on)
    SELECT id, name, (SELECT held.key FROM ${schema}.keys AS held WHERE held.kind = name AND held.job_id = id),
      CASE WHEN state <= 'active' THEN 'waiting' WHEN state = 'completed' THEN 'done' ELSE 'cancelled' END,
      coalesce(data, '{}'),
      CASE WHEN started_on IS NULL THEN 0 WHEN state = 'active' THEN retry_count ELSE retry_count + 1 END,
      ${progressOf("id")}, output, start_after, created_on,
      CASE WHEN state > 'active' THEN coalesce(completed_on, now()) END
    FROM ${former}.job
    WHERE state <> 'failed' AND name NOT LIKE '%.dead' AND left(name, 2) <> '__';
    INSERT INTO ${schema}.job (id, kind, key, state, data, attempts, progress, output, created_on, ended_on)
    SELECT source_id, source_name, group_id, 'dead', coalesce(data, '{}'), source_retry_count + 1,
      ${progressOf("source_id")}, source_output, source_created_on, created_on
    FROM ${former}.job WHERE name LIKE '%.dead' AND state < 'active'
    ON CONFLICT DO NOTHING;
    INSERT INTO ${schema}.schedule (kind, cron, data, fired_at)
    SELECT name, cron, coalesce(data, '{}'), now() FROM ${former}.schedule;
    DROP SCHEMA ${former} CASCADE;
  END IF;
END $$;`;
}
