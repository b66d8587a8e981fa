-- The human act, played on the lab: an L2 quorum and the L4 President sign APR-BOOT-AUTHMODEL-1.
--
-- In production people do this, through the ratification form. No command of the product runs
-- this file, or writes os_proposal_approvals in any way, on a target other than the lab and the
-- demo that it started itself. It may be run twice: the second time changes nothing.
-- Contract columns only, so that it serves every fixture that meets the contract.

INSERT INTO public.os_proposal_approvals (proposal_code, approval_level, approved_by, signature_ref, approved_at)
-- Never in the future, whatever this machine's clock says: such an approval does not count.
SELECT 'APR-BOOT-AUTHMODEL-1', signed.level, signed.person, signed.signature, LEAST(signed.at::timestamptz, CURRENT_TIMESTAMP)
FROM (VALUES
    ('L2', 'L2-COUNCIL', 'sig:lab:council:0001', '2026-06-02 09:00:00+00'),
    ('L2', 'L2-COUNCIL', 'sig:lab:council:0002', '2026-06-02 09:05:00+00'),
    ('L2', 'L2-COUNCIL', 'sig:lab:council:0003', '2026-06-02 09:20:00+00'),
    ('L4', 'L4-PRESIDENT', 'sig:lab:president:0001', '2026-06-02 11:00:00+00')
) AS signed (level, person, signature, at)
WHERE NOT EXISTS (
    SELECT FROM public.os_proposal_approvals AS already WHERE already.signature_ref = signed.signature
);
