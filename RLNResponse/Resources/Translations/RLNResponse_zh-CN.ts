<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh-CN">
<context>
    <name>AgreementSection</name>
    <message>
        <source>Agreement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Extract features</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The 106 features of every locked reading of an unblinded study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare readers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inter- and intra-reader agreement of features, scores and contours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which plot: ICC between readers, or of one reader&apos;s re-contouring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen one in Slicer&apos;s plot view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the tables and figures in the file browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only, not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CoordinatorForm</name>
    <message>
        <source>New study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Title:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recurrent lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>R&amp;eaders:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A, B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The codes of one reader or two, with a comma between them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Re&amp;peat by:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which one of them reads everything twice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Washout:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Days between locking a first reading and its repeat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New fo&amp;lder:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An empty folder, or one that is not there yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More of the protocol</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Second &amp;CT:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Retest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A second CT of a lymph node without treatment between the two; rows with repeat_of and occasion in the table of lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After treatment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A second CT of a lymph node after treatment; rows with repeat_of and occasion in the table of lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Assistance:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether a reading may begin from a contour that its reader did not draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Features:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How features are extracted (filters, resampling, bin width): pyradiomics&apos; parameter file, or another study&apos;s study.toml; empty: pyradiomics&apos; defaults</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;ICC:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which ICC, by McGraw and Wong&apos;s names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>above </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A feature is kept above it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the threshold judges</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Seed:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of every order in the study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Re&amp;gistered:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In place of all above: the JSON that rlnresponse plan registered, whose protocol the study gets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the study in the new folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop a CT&apos;s folder on its row, or several that are named by the study&apos;s codes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Patients:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A row for each patient: CSV, XLSX or a REDCap export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>L&amp;ymph nodes:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A row for each lymph node: CSV, XLSX or a REDCap export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import tables</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take both clinical tables into the study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;CT folder:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A DICOM folder with one CT series; only voxels and acquisition facts are kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>P&amp;atient:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The patient&apos;s pseudonym in the patients table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Image:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The image&apos;s identifier in the lymph nodes table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the CT into the study, de-identified</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More of imports</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I&amp;nstrument:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a REDCap export: the repeating instrument of the lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Key file:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pseudonyms and hospital IDs, outside the study folder, for every CT that is imported here; for DICOM, which states the ID</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Series:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The UID of the series, of a CT folder with several</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ac&amp;quisition:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The number of the acquisition, of a DICOM series that mixes several</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import every CT of a table…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with a row a CT: patient, image, path; beside Slicer, with Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import every contour of a table…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with a row a contour: lymph_node, reader, round, path; each becomes the draft of its reading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Or choose the row above and a CT that Slicer&apos;s DICOM database holds:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import the chosen series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take it into the study as the CT of the chosen row, de-identified</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Readers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Corrections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph node, or all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the analysis; the decision is kept with its reason</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take in again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both decisions are kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why these readings are missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblinding freezes the protocol and shows every contour and score. It cannot be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblind…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks once more; Cancel is what Return presses</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DisagreementSection</name>
    <message>
        <source>Disagreement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>List disagreements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scores every locked contour of an unblinded study and lists where two readings differ</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One reading&apos;s scores against the other&apos;s in a plot view; click a point to see its contours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Differences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The difference of both scores against their mean, with bias and limits of agreement; click a point to see its contours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which score, and which two readings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>◀ Previous</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lymph node above in the table (Ctrl+Shift+Up)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next ▶</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lymph node below in the table (Ctrl+Shift+Down)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Takes both contours and their CT out of the scene</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Does not open the lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only, not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModelSection</name>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit a Rad-score on this study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LASSO-logistic score for response on the features that pass, with its correction</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A published score model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Validate on this study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen score model on the lymph nodes of this study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which plot: ROC, calibration, decision curve, LASSO path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen one in Slicer&apos;s plot view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the tables and figures in the file browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only, not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RLNResponse</name>
    <message>
        <source>RLNResponse</source>
        <translation>RLNResponse</translation>
    </message>
    <message>
        <source>Contour recurrent lymph nodes after esophagectomy on contrast CT, blinded and repeated in a study or for one patient, and see the Rad-scores of Gu et al. 2021 beside the contour. Research use only, not a medical device.</source>
        <translation>在增强 CT 上勾画食管癌术后复发淋巴结：可在研究中以盲法、重复勾画，也可用于单个患者，并在轮廓旁查看 Gu 等 2021 年发表的 Rad-score。仅供研究使用，不是医疗器械。</translation>
    </message>
    <message>
        <source>Replicates Gu et al. 2021, doi 10.21203/rs.3.rs-174078/v1; pyradiomics&apos; features.</source>
        <translation>复现 Gu 等 2021，doi 10.21203/rs.3.rs-174078/v1；采用 pyradiomics 的特征。</translation>
    </message>
    <message>
        <source>RLNResponse could not be opened ({error}); nothing in the scene or a study was changed, and the log says why.</source>
        <translation>RLNResponse 无法打开（{error}）；场景和研究均未改动，原因见日志。</translation>
    </message>
    <message>
        <source>RLNResponse&apos;s self-test passed.</source>
        <translation>RLNResponse 自检通过。</translation>
    </message>
</context>
<context>
    <name>ReadSection</name>
    <message>
        <source>Read</source>
        <translation>阅片</translation>
    </message>
    <message>
        <source>Next lymph node</source>
        <translation>下一个淋巴结</translation>
    </message>
    <message>
        <source>Open the next one on your list (Ctrl+Shift+N)</source>
        <translation>打开您列表中的下一个（Ctrl+Shift+N）</translation>
    </message>
    <message>
        <source>Which lymph nodes the list shows</source>
        <translation>列表显示哪些淋巴结</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open the chosen lymph node</source>
        <translation>打开所选淋巴结</translation>
    </message>
    <message>
        <source>The lymph nodes in your own order; double-click one to read it</source>
        <translation>按您自己的顺序排列的淋巴结；双击即可阅片</translation>
    </message>
    <message>
        <source>Why it must be corrected</source>
        <translation>为何必须更正</translation>
    </message>
    <message>
        <source>Correct</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>Save draft</source>
        <translation>保存草稿</translation>
    </message>
    <message>
        <source>Keep the contour as it is now; this also happens every minute</source>
        <translation>保留当前轮廓；每分钟也会自动保存</translation>
    </message>
    <message>
        <source>Lock reading</source>
        <translation>锁定阅片</translation>
    </message>
    <message>
        <source>Check the contour and lock it for good (Ctrl+Shift+L)</source>
        <translation>检查轮廓并永久锁定（Ctrl+Shift+L）</translation>
    </message>
    <message>
        <source>How the CT&apos;s grey values are shown</source>
        <translation>CT 灰度的显示方式</translation>
    </message>
</context>
<context>
    <name>ReportSection</name>
    <message>
        <source>Report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export DICOM…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which local-control curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the report&apos;s files in the file browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only, not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RequirementsSection</name>
    <message>
        <source>Set-up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the packages are for; each purpose is installed by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From the registry of Python packages, into Slicer&apos;s own Python</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From a folder of wheels…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without a network: docs/slicer.md says how to fill the folder elsewhere</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScoreSection</name>
    <message>
        <source>&amp;CT:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>vtkMRMLScalarVolumeNode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The contrast CT; the one in the slice views is chosen by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ct</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Se&amp;gmentation:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>vtkMRMLSegmentationNode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The contours; each segment is one lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>segmentation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a lymph node to see it in the views, edit it and see its scores in full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One more lymph node to draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On image:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>corner</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the chosen lymph node&apos;s scores into the corner of every slice view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>beside it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the chosen lymph node&apos;s scores beside it, in the slice views that cut it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The features that the scores are made of</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Own &amp;model:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model card (.json) that is shown beside the two published scores; empty for none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy all rows for a spreadsheet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write all rows with every digit to a file</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StudySection</name>
    <message>
        <source>Study</source>
        <translation>研究</translation>
    </message>
    <message>
        <source>Study &amp;folder:</source>
        <translation>研究文件夹(&amp;F)：</translation>
    </message>
    <message>
        <source>The folder of a study; those opened before are in the list</source>
        <translation>研究的文件夹；列表中是以前打开过的</translation>
    </message>
    <message>
        <source>Open study</source>
        <translation>打开研究</translation>
    </message>
    <message>
        <source>&amp;Reader:</source>
        <translation>阅片者(&amp;R)：</translation>
    </message>
    <message>
        <source>Who reads; what other readers drew stays hidden</source>
        <translation>由谁阅片；其他阅片者的勾画保持隐藏</translation>
    </message>
    <message>
        <source>R&amp;ound:</source>
        <translation>轮次(&amp;O)：</translation>
    </message>
    <message>
        <source>1 is the first reading, 2 the repeat after the washout</source>
        <translation>1 为首次阅片，2 为洗脱期后的重复阅片</translation>
    </message>
    <message>
        <source>%v of %m read</source>
        <translation>已阅 %v / %m</translation>
    </message>
    <message>
        <source>Lymph nodes that this reader has locked in this round</source>
        <translation>该阅片者本轮已锁定的淋巴结</translation>
    </message>
    <message>
        <source>Coordinator…</source>
        <translation>协调员…</translation>
    </message>
    <message>
        <source>Make a study, import into it, see its readers, leave out, correct, unblind</source>
        <translation>建立研究、导入数据、查看阅片者、排除、更正、揭盲</translation>
    </message>
</context>
<context>
    <name>panel.background_command</name>
    <message>
        <source>Something is still being computed; wait for it or cancel it.</source>
        <translation>仍在计算；请等待或取消。</translation>
    </message>
    <message>
        <source>Cancelled; nothing was left half-written.</source>
        <translation>已取消；没有写了一半的文件。</translation>
    </message>
    <message>
        <source>Slicer&apos;s own Python could not be started ({reason}); install Slicer again.</source>
        <translation>无法启动 Slicer 自带的 Python（{reason}）；请重新安装 Slicer。</translation>
    </message>
    <message>
        <source>The computation ended without a word.</source>
        <translation>计算结束，但没有任何说明。</translation>
    </message>
</context>
<context>
    <name>panel.comparison_opening</name>
    <message>
        <source>Opening &apos;{name}&apos;.</source>
        <translation>正在打开“{name}”。</translation>
    </message>
    <message>
        <source>Cancelled; &apos;{name}&apos; was not opened.</source>
        <translation>已取消；“{name}”未打开。</translation>
    </message>
</context>
<context>
    <name>panel.doors</name>
    <message>
        <source>One patient</source>
        <translation>单个患者</translation>
    </message>
    <message>
        <source>Contour lymph nodes on a CT and see their scores beside them</source>
        <translation>在 CT 上勾画淋巴结，并在旁边查看其评分</translation>
    </message>
    <message>
        <source>Reader study</source>
        <translation>阅片研究</translation>
    </message>
    <message>
        <source>Blinded, repeated readings of many lymph nodes, and their analysis</source>
        <translation>对多个淋巴结的盲法重复阅片及其分析</translation>
    </message>
    <message>
        <source>Tour</source>
        <translation>导览</translation>
    </message>
    <message>
        <source>What is where behind this door, in a minute</source>
        <translation>一分钟了解这里有什么</translation>
    </message>
    <message>
        <source>A blinded reading is open, and a score would bias it; lock or leave it first.</source>
        <translation>有一个盲法阅片正在进行，评分会使其产生偏倚；请先锁定或离开。</translation>
    </message>
</context>
<context>
    <name>panel.live_scoring</name>
    <message>
        <source>&apos;{name}&apos; is empty; draw it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panel.self_check</name>
    <message>
        <source>Scoring the sample.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading a lymph node.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panel.tour</name>
    <message>
        <source>Close the tour</source>
        <translation>关闭导览</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
</context>
<context>
    <name>panel.tour_steps</name>
    <message>
        <source>One patient is for a CT of your own: contour its lymph nodes and see their scores.</source>
        <translation>“单个患者”用于您自己的 CT：勾画其淋巴结并查看评分。</translation>
    </message>
    <message>
        <source>Reader study is for blinded, repeated readings of many lymph nodes, and their analysis.</source>
        <translation>“阅片研究”用于多个淋巴结的盲法重复阅片及其分析。</translation>
    </message>
    <message>
        <source>This shows the tour again. A ? beside a number says what it means.</source>
        <translation>按此可再次显示导览。数字旁的 ? 说明其含义。</translation>
    </message>
    <message>
        <source>The CT: the one in the views is chosen by itself.</source>
        <translation>CT：视图中的 CT 会自动选中。</translation>
    </message>
    <message>
        <source>Its lymph nodes are the segments of this segmentation; New makes one.</source>
        <translation>淋巴结就是该分割中的各个分割段；按“新建”即可建立。</translation>
    </message>
    <message>
        <source>What to do next stands here.</source>
        <translation>这里说明下一步做什么。</translation>
    </message>
    <message>
        <source>Each lymph node with both scores; choose a row, and the views go there.</source>
        <translation>每个淋巴结及其两个评分；选择一行，视图即移到那里。</translation>
    </message>
    <message>
        <source>Unfold this to paint; the scores follow each stroke.</source>
        <translation>展开此处进行勾画；评分随每一笔更新。</translation>
    </message>
    <message>
        <source>A study is a folder. Name it, and press Open study.</source>
        <translation>一个研究就是一个文件夹。指定文件夹，然后按“打开研究”。</translation>
    </message>
    <message>
        <source>Making a study, imports, exclusions and unblinding have a window here.</source>
        <translation>建立研究、导入、排除和揭盲在此窗口中进行。</translation>
    </message>
    <message>
        <source>Say who you are: you see your own list, and nobody else&apos;s contours.</source>
        <translation>说明您是谁：您只看到自己的列表，看不到他人的轮廓。</translation>
    </message>
    <message>
        <source>The next lymph node on your list opens with this button.</source>
        <translation>按此按钮打开您列表中的下一个淋巴结。</translation>
    </message>
    <message>
        <source>Your list, and what is left of it.</source>
        <translation>您的列表，以及还剩下哪些。</translation>
    </message>
</context>
<context>
    <name>qSlicerAbstractCoreModule</name>
    <message>
        <source>Quantification</source>
        <translation>量化</translation>
    </message>
</context>
<context>
    <name>sections.agreement</name>
    <message>
        <source>Extracting the features.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The features are extracted; compare the readers next.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparing the readers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The readers are compared.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.coordinator</name>
    <message>
        <source>RLNResponse: coordinator</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reader</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correction</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{locked} of {assigned}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>taken in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{patients} of {all_patients} and {nodes} of {all_nodes} are analysed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>open, not locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not begun</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} missing; they can never be made blinded after unblinding.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No reading is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name a new folder for the study first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made the study. Import the clinical tables and the CT next.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name both clinical tables first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Imported {patients} and {lymph_nodes}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out: {name}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Taken in again: {name}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} missing; say first why, or wait until all are locked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblind the study? The protocol is frozen and no blinded reading can be made any more. This cannot be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} missing. </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblinded; the protocol is frozen.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.ct_import</name>
    <message>
        <source>Patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient in Slicer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Date</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name the folder with the CT first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing the CT.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with a row a CT: patient, image, path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing every CT of the table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with a row a contour: lymph_node, reader, round, path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing every contour of the table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a series of Slicer&apos;s DICOM database first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something is still being computed; wait for it or cancel it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing {count} CT.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>site of {names}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left out: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.disagreement</name>
    <message>
        <source>Lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>HD95</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Surface Dice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{score}: {first} and {second}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scoring both readings of every lymph node.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disagreements are listed; choose a row to see both contours.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: yellow {first}, blue {second}, shaded where they differ.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the difference:</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.models</name>
    <message>
        <source>Fitting: LASSO on the features that pass, repeated in resamples.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Judging the score on the study&apos;s lymph nodes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done; the figures are in the study&apos;s folder results/model.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.new_study</name>
    <message>
        <source>no proposal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a proposal in first readings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a proposal in repeats too</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.open_reading</name>
    <message>
        <source>The draft of &apos;{name}&apos; is kept.</source>
        <translation>“{name}”的草稿已保存。</translation>
    </message>
    <message>
        <source>Nothing is drawn of &apos;{name}&apos; now; the draft that was kept before stays as it is.</source>
        <translation>“{name}”目前没有勾画内容；之前保存的草稿保持不变。</translation>
    </message>
    <message>
        <source>Nothing is drawn of &apos;{name}&apos;, so no draft is kept.</source>
        <translation>“{name}”没有勾画内容，因此未保存草稿。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is closed; its draft is kept.</source>
        <translation>“{name}”已关闭；其草稿已保存。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is closed; nothing was drawn.</source>
        <translation>“{name}”已关闭；没有勾画内容。</translation>
    </message>
    <message>
        <source>The CT of &apos;{name}&apos; was deleted</source>
        <translation>“{name}”的 CT 已被删除</translation>
    </message>
    <message>
        <source>The contour of &apos;{name}&apos; was deleted</source>
        <translation>“{name}”的轮廓已被删除</translation>
    </message>
    <message>
        <source> and its draft could not be kept, so both are back in the scene.</source>
        <translation>，其草稿未能保存，因此两者已放回场景。</translation>
    </message>
    <message>
        <source>its draft is kept; open it again to go on</source>
        <translation>其草稿已保存；再次打开即可继续</translation>
    </message>
    <message>
        <source>nothing was drawn</source>
        <translation>没有勾画内容</translation>
    </message>
    <message>
        <source> from the scene, so the reading was closed: {kept}.</source>
        <translation>，因此该阅片已关闭：{kept}。</translation>
    </message>
    <message>
        <source>The scene was closed; &apos;{name}&apos; is kept as a draft. Open it again to go on.</source>
        <translation>场景已关闭；“{name}”已保存为草稿。再次打开即可继续。</translation>
    </message>
    <message>
        <source>The scene was closed, but &apos;{name}&apos; could not be saved and stays open.</source>
        <translation>场景已关闭，但“{name}”未能保存，仍保持打开。</translation>
    </message>
    <message>
        <source>Check the contour and lock it for good (Ctrl+Shift+L)</source>
        <translation>检查轮廓并永久锁定（Ctrl+Shift+L）</translation>
    </message>
    <message>
        <source>Keep the contour as it is now; this also happens every minute</source>
        <translation>保留当前轮廓；每分钟也会自动保存</translation>
    </message>
    <message>
        <source>Open a lymph node first.</source>
        <translation>请先打开一个淋巴结。</translation>
    </message>
    <message>
        <source>Draw the lymph node first.</source>
        <translation>请先勾画淋巴结。</translation>
    </message>
    <message>
        <source>{lymph_node} · reader {reader} · round {round} · {minutes:.1f} min contouring</source>
        <translation>{lymph_node} · 阅片者 {reader} · 第 {round} 轮 · 勾画 {minutes:.1f} 分钟</translation>
    </message>
    <message>
        <source>correction: {reason}</source>
        <translation>更正：{reason}</translation>
    </message>
    <message>
        <source>The study folder can be written again; the draft is kept.</source>
        <translation>研究文件夹又可写入；草稿已保存。</translation>
    </message>
    <message>
        <source>The draft could not be kept: {reason} The contour stays open here and is saved as soon as that works.</source>
        <translation>草稿未能保存：{reason} 轮廓在此保持打开，一旦可以写入即会保存。</translation>
    </message>
    <message>
        <source>begun from an imported contour of your own</source>
        <translation>以导入的您本人的勾画为起点</translation>
    </message>
    <message>
        <source>begun from a proposal</source>
        <translation>以建议轮廓为起点</translation>
    </message>
    <message>
        <source>software drew a part</source>
        <translation>部分由软件勾画</translation>
    </message>
    <message>
        <source>⚠ the protocol allows no assistance here; this is noted</source>
        <translation>⚠ 研究方案不允许在此使用辅助；已记录</translation>
    </message>
    <message>
        <source>noted</source>
        <translation>已记录</translation>
    </message>
    <message>
        <source>a proposal is allowed here</source>
        <translation>此处允许使用建议轮廓</translation>
    </message>
</context>
<context>
    <name>sections.read</name>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Left to read</source>
        <translation>待阅</translation>
    </message>
    <message>
        <source>Locked</source>
        <translation>已锁定</translation>
    </message>
    <message>
        <source>Lymph node</source>
        <translation>淋巴结</translation>
    </message>
    <message>
        <source>Station</source>
        <translation>分区</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source> · {locked} of {count}</source>
        <translation> · {locked} / {count}</translation>
    </message>
    <message>
        <source>Open the next one on your list ({key})</source>
        <translation>打开您列表中的下一个（{key}）</translation>
    </message>
    <message>
        <source>Nothing can be read today.</source>
        <translation>今天没有可阅的淋巴结。</translation>
    </message>
    <message>
        <source>Open a study and choose a reader first.</source>
        <translation>请先打开研究并选择阅片者。</translation>
    </message>
    <message>
        <source>{left} left to read · today {count} locked</source>
        <translation>还剩 {left} 个待阅 · 今天已锁定 {count} 个</translation>
    </message>
    <message>
        <source> in {minutes:.0f} min</source>
        <translation>，用时 {minutes:.0f} 分钟</translation>
    </message>
    <message>
        <source>What was shown was deleted from the scene; choose it again to see it.</source>
        <translation>所显示的内容已从场景中删除；再次选择即可查看。</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Show the locked contour</source>
        <translation>显示已锁定的轮廓</translation>
    </message>
    <message>
        <source>Open the chosen lymph node</source>
        <translation>打开所选淋巴结</translation>
    </message>
    <message>
        <source>Why it is given up</source>
        <translation>为何放弃</translation>
    </message>
    <message>
        <source>Why it must be corrected</source>
        <translation>为何必须更正</translation>
    </message>
    <message>
        <source>Give up</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Correct</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>End the correction; the locked contour holds as before, and what was drawn since is gone</source>
        <translation>结束更正；已锁定的轮廓仍然有效，之后所勾画的内容不再保留</translation>
    </message>
    <message>
        <source>Say first why the correction is given up.</source>
        <translation>请先说明为何放弃更正。</translation>
    </message>
    <message>
        <source>Begin a correction with the locked contour; both are kept, and the washout of a repeat begins again</source>
        <translation>从已锁定的轮廓开始更正；两者都会保留，重复阅片的洗脱期重新开始</translation>
    </message>
    <message>
        <source>Say first why the locked reading must be corrected.</source>
        <translation>请先说明为何必须更正已锁定的阅片。</translation>
    </message>
    <message>
        <source>The correction of &apos;{name}&apos; is given up; the locked contour holds.</source>
        <translation>已放弃对“{name}”的更正；已锁定的轮廓有效。</translation>
    </message>
    <message>
        <source>Choose a lymph node in the list first.</source>
        <translation>请先在列表中选择一个淋巴结。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; waits for {what}.</source>
        <translation>“{name}”等待：{what}。</translation>
    </message>
    <message>
        <source>The contour of &apos;{name}&apos; is locked; it can be seen after unblinding.</source>
        <translation>“{name}”的轮廓已锁定；揭盲后才能查看。</translation>
    </message>
    <message>
        <source>Nothing is left to read today.</source>
        <translation>今天没有剩下待阅的淋巴结。</translation>
    </message>
    <message>
        <source>Loading &apos;{name}&apos;.</source>
        <translation>正在载入“{name}”。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is shown as it was locked.</source>
        <translation>“{name}”按锁定时的样子显示。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is open with its draft; go on contouring.</source>
        <translation>“{name}”已随草稿打开；请继续勾画。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is open with the contour that was locked; correct it, and lock it again.</source>
        <translation>“{name}”已随锁定的轮廓打开；请更正后再次锁定。</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is open; draw it with Segment Editor.</source>
        <translation>“{name}”已打开；请用 Segment Editor 勾画。</translation>
    </message>
    <message>
        <source>Locked &apos;{name}&apos;.</source>
        <translation>“{name}”已锁定。</translation>
    </message>
    <message>
        <source>Next is &apos;{name}&apos; ({key}).</source>
        <translation>下一个是“{name}”（{key}）。</translation>
    </message>
    <message>
        <source>from {day}</source>
        <translation>{day} 起</translation>
    </message>
    <message>
        <source>waits for {what}</source>
        <translation>等待：{what}</translation>
    </message>
    <message>
        <source>to read</source>
        <translation>待阅</translation>
    </message>
    <message>
        <source>open</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>locked</source>
        <translation>已锁定</translation>
    </message>
</context>
<context>
    <name>sections.report</name>
    <message>
        <source>Analysing the whole study; this takes minutes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The report is made; open it, or show its curves beside the views.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{file} cannot be opened from here; open it in a browser, or make the report again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An empty folder for the DICOM files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing the locked readings as DICOM SEG and SR.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The readings are exported as DICOM.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The curves are shown in the plot view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something is being computed; wait for it or cancel it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no report yet; make it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The report found no local-control curves in this study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The whole analysis as one page in the study&apos;s folder results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The page in the browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The locked readings as DICOM SEG and SR, into an empty folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local control (Kaplan-Meier) as a plot beside the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a study first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The study is blinded; unblind it first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.requirements</name>
    <message>
        <source>For {purpose}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{names}: about {download} MB to fetch, {disk} MB on the disk. Contouring, reading and scoring need none of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder of wheels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installing {names}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled; press Install to begin again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installed; start Slicer again, since an older version is loaded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installed: all that is needed for {purpose}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.score</name>
    <message>
        <source>Choose a CT first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw the lymph node; its scores follow each stroke.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title} is shown beside the published scores.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A new segmentation on this CT, with one lymph node to draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load a contrast CT (or File, Download Sample Data, RLNResponse); it is chosen by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Press New to draw a lymph node on this CT, or choose a segmentation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This segmentation is empty; press Add to draw a lymph node.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.section</name>
    <message>
        <source>Open a study first.</source>
        <translation>请先打开一个研究。</translation>
    </message>
</context>
<context>
    <name>sections.study</name>
    <message>
        <source>The last study was {name}; press Open study to go on with it.</source>
        <translation>上次的研究是 {name}；按“打开研究”继续。</translation>
    </message>
    <message>
        <source>Open the study in this folder, or read it again</source>
        <translation>打开此文件夹中的研究，或重新读取</translation>
    </message>
    <message>
        <source>Name a study&apos;s folder first.</source>
        <translation>请先指定研究的文件夹。</translation>
    </message>
    <message>
        <source> · {reader}, round {round}</source>
        <translation> · {reader}，第 {round} 轮</translation>
    </message>
    <message>
        <source>{title}: opened. Choose the reader.</source>
        <translation>{title}：已打开。请选择阅片者。</translation>
    </message>
    <message>
        <source>{title}: opened; it is unblinded.</source>
        <translation>{title}：已打开；已揭盲。</translation>
    </message>
    <message>
        <source>{reader}, round {round}: {locked} of {assigned} locked</source>
        <translation>{reader}，第 {round} 轮：已锁定 {locked} / {assigned}</translation>
    </message>
    <message>
        <source>, {count} open</source>
        <translation>，{count} 个进行中</translation>
    </message>
    <message>
        <source>, next from {day}</source>
        <translation>，下一个 {day} 起</translation>
    </message>
</context>
<context>
    <name>sections.window_choice</name>
    <message>
        <source>Mediastinum</source>
        <translation>纵隔窗</translation>
    </message>
    <message>
        <source>Narrow soft tissue</source>
        <translation>窄软组织窗</translation>
    </message>
    <message>
        <source>Lung</source>
        <translation>肺窗</translation>
    </message>
    <message>
        <source>Bone</source>
        <translation>骨窗</translation>
    </message>
    <message>
        <source>{window}: width {width:.0f}, level {level:.0f} ({key})</source>
        <translation>{window}：窗宽 {width:.0f}，窗位 {level:.0f}（{key}）</translation>
    </message>
</context>
<context>
    <name>widgets.chosen_score</name>
    <message>
        <source>Feature</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far a redrawn contour would move it: being computed.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.finding_words</name>
    <message>
        <source>air inside</source>
        <translation>轮廓内含空气</translation>
    </message>
    <message>
        <source>anisotropic voxels</source>
        <translation>体素各向异性</translation>
    </message>
    <message>
        <source>at image border</source>
        <translation>触及图像边缘</translation>
    </message>
    <message>
        <source>contour grid larger</source>
        <translation>轮廓网格大于 CT</translation>
    </message>
    <message>
        <source>copy in scene</source>
        <translation>场景中有副本</translation>
    </message>
    <message>
        <source>duplicate slice positions</source>
        <translation>层面位置重复</translation>
    </message>
    <message>
        <source>empty contour</source>
        <translation>轮廓为空</translation>
    </message>
    <message>
        <source>far from site</source>
        <translation>远离标记部位</translation>
    </message>
    <message>
        <source>few voxels</source>
        <translation>体素过少</translation>
    </message>
    <message>
        <source>identifying pixels</source>
        <translation>像素可能识别患者</translation>
    </message>
    <message>
        <source>iqr unlike lymph node</source>
        <translation>四分位距不像淋巴结</translation>
    </message>
    <message>
        <source>large lymph node</source>
        <translation>淋巴结过大</translation>
    </message>
    <message>
        <source>lossy compression</source>
        <translation>有损压缩</translation>
    </message>
    <message>
        <source>mean unlike lymph node</source>
        <translation>均值不像淋巴结</translation>
    </message>
    <message>
        <source>metal inside</source>
        <translation>轮廓内含金属</translation>
    </message>
    <message>
        <source>missing slices</source>
        <translation>缺少层面</translation>
    </message>
    <message>
        <source>mixed passes</source>
        <translation>可能混有两次扫描</translation>
    </message>
    <message>
        <source>modality unknown</source>
        <translation>成像方式未知</translation>
    </message>
    <message>
        <source>no light tissue near</source>
        <translation>附近无脂肪、肺或空气</translation>
    </message>
    <message>
        <source>not ct</source>
        <translation>不是 CT</translation>
    </message>
    <message>
        <source>not finite inside</source>
        <translation>轮廓内有非有限值</translation>
    </message>
    <message>
        <source>not three dimensional</source>
        <translation>不是三维</translation>
    </message>
    <message>
        <source>one slice only</source>
        <translation>仅一层</translation>
    </message>
    <message>
        <source>other frame of reference</source>
        <translation>坐标系不同</translation>
    </message>
    <message>
        <source>other series</source>
        <translation>序列不同</translation>
    </message>
    <message>
        <source>outline crosses itself</source>
        <translation>轮廓线自相交</translation>
    </message>
    <message>
        <source>outlines left out</source>
        <translation>有轮廓线被略去</translation>
    </message>
    <message>
        <source>outlines through centres</source>
        <translation>轮廓线穿过体素中心</translation>
    </message>
    <message>
        <source>outside ct</source>
        <translation>在 CT 之外</translation>
    </message>
    <message>
        <source>overlapping outlines</source>
        <translation>轮廓线重叠</translation>
    </message>
    <message>
        <source>overlaps another</source>
        <translation>与另一淋巴结重叠</translation>
    </message>
    <message>
        <source>place not stated</source>
        <translation>未说明位置</translation>
    </message>
    <message>
        <source>protocol contrast</source>
        <translation>对比剂与方案不同</translation>
    </message>
    <message>
        <source>protocol delay</source>
        <translation>延迟时间与方案不同</translation>
    </message>
    <message>
        <source>protocol exposure</source>
        <translation>曝光量与方案不同</translation>
    </message>
    <message>
        <source>protocol kernel</source>
        <translation>重建核与方案不同</translation>
    </message>
    <message>
        <source>protocol kilovoltage</source>
        <translation>管电压与方案不同</translation>
    </message>
    <message>
        <source>protocol scanner</source>
        <translation>扫描仪与方案不同</translation>
    </message>
    <message>
        <source>protocol unknown</source>
        <translation>扫描方案未知</translation>
    </message>
    <message>
        <source>resampled contour</source>
        <translation>轮廓经重采样</translation>
    </message>
    <message>
        <source>rescale absent</source>
        <translation>缺少 HU 换算</translation>
    </message>
    <message>
        <source>rescale not hu</source>
        <translation>换算结果不是 HU</translation>
    </message>
    <message>
        <source>same contour</source>
        <translation>与另一轮廓完全相同</translation>
    </message>
    <message>
        <source>several components</source>
        <translation>分为多个部分</translation>
    </message>
    <message>
        <source>several segments</source>
        <translation>分布在多个分割段</translation>
    </message>
    <message>
        <source>skipped slices</source>
        <translation>有跳过的层面</translation>
    </message>
    <message>
        <source>slices apart</source>
        <translation>层面相距过远</translation>
    </message>
    <message>
        <source>small lymph node</source>
        <translation>淋巴结过小</translation>
    </message>
    <message>
        <source>spacing at contour</source>
        <translation>轮廓处的层距</translation>
    </message>
    <message>
        <source>stray image</source>
        <translation>混入其他图像</translation>
    </message>
    <message>
        <source>thick slices</source>
        <translation>层厚过大</translation>
    </message>
    <message>
        <source>two positions</source>
        <translation>有两个位置</translation>
    </message>
    <message>
        <source>uneven slice spacing</source>
        <translation>层距不均</translation>
    </message>
    <message>
        <source>values not hu</source>
        <translation>数值不是 HU</translation>
    </message>
</context>
<context>
    <name>widgets.lymph_node_table</name>
    <message>
        <source>Lymph
node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its colour in the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown in the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What makes the score doubtful</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown; click to hide it in the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hidden; click to show it in the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not scored yet</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.pair_gauge</name>
    <message>
        <source>{score}: {first}, {second}, cutoff {cutoff}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cutoff {value}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.pictures</name>
    <message>
        <source>{file}; click for the full size</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.plots</name>
    <message>
        <source>{plot}: shown in the plot view.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.question_mark</name>
    <message>
        <source>What this number means, and what it does not show</source>
        <translation>这个数字的含义，以及它不能说明什么</translation>
    </message>
    <message>
        <source>What the number means</source>
        <translation>数字的含义</translation>
    </message>
</context>
<context>
    <name>widgets.result_tables</name>
    <message>
        <source>{column}; click to sort by it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.score_export</name>
    <message>
        <source>Copied {rows}; paste them into a spreadsheet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the scores</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} cannot be written ({reason}); choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrote {name}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.score_gauge</name>
    <message>
        <source>What each feature adds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cutoff {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this lymph node {score}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.score_picture</name>
    <message>
        <source>{score}, cutoff {cutoff}, {group}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.status</name>
    <message>
        <source>Something went wrong inside RLNResponse ({error}); nothing was saved by this step. The log has the detail.</source>
        <translation>RLNResponse 内部出错（{error}）；此步骤未保存任何内容。详情见日志。</translation>
    </message>
</context>
<context>
    <name>widgets.what_would_change</name>
    <message>
        <source>What would change the group</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The least redrawing that would change it, and the boundary coloured by what moving it there does</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of which score the boundary is coloured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trying redrawn contours …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Boundary coloured by {score}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Boundary: blue where moving it outwards raises {score}, orange where it lowers it; white, neither.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
