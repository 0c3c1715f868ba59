CREATE TRIGGER review_decisions_keep BEFORE UPDATE ON review_decisions
  BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
CREATE TRIGGER review_decisions_stay BEFORE DELETE ON review_decisions
  BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
CREATE TRIGGER review_packs_keep BEFORE UPDATE ON review_packs
  BEGIN SELECT RAISE(ABORT, 'packs are only added'); END;
CREATE TRIGGER review_packs_stay BEFORE DELETE ON review_packs
  BEGIN SELECT RAISE(ABORT, 'packs are only added'); END;
