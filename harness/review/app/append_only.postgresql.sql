CREATE FUNCTION review_refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION '% are only added', substr(TG_TABLE_NAME, 8); END $$;
CREATE TRIGGER review_decisions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON review_decisions
  FOR EACH STATEMENT EXECUTE FUNCTION review_refuse();
CREATE TRIGGER review_packs_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON review_packs
  FOR EACH STATEMENT EXECUTE FUNCTION review_refuse();
