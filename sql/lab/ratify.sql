-- Simulates the human approval on the lab: an L2 quorum and the L4 President sign APR-BOOT-AUTHMODEL-1.
--
-- In production people do this with the ratification form. The product runs this file only on
-- the lab and on the demo's own server. No command writes os_proposal_approvals on any other
-- target. The file can run twice: the second time changes nothing.
-- It writes only columns of the contract, so it works on every fixture that meets the contract.

INSERT INTO public.os_proposal_approvals (proposal_code, approval_level, approved_by, signature_ref, approved_at)
-- The date is never later than this machine's clock, because an approval with a date in the future does not count.
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
