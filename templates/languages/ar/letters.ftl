confirm-subject = تأكيد اشتراكك في نشرة «{ $newsletter }»
confirm-preheader = نقرة واحدة تكفي لتأكيد رغبتك في تلقي نشرة «{ $newsletter }».
confirm-heading = يُرجى تأكيد اشتراكك
asked-at-site = سجّل شخص ما، وهو أنت على الأرجح، هذا العنوان عبر موقع { $site } لتلقي نشرة { $coming }.
asked-with-publisher = سجّل شخص ما، وهو أنت على الأرجح، هذا العنوان لدى { $publisher } لتلقي نشرة { $coming }.
confirm-button = تأكيد اشتراكي
confirm-no-button = إذا لم يعمل الزر، فيمكن فتح هذا العنوان:
confirm-open = للتأكيد، يُرجى فتح هذا العنوان:
confirm-not-you = إذا لم يكن الطلب منك، فلا داعي لفعل أي شيء: من دون هذه النقرة لن نرسل شيئًا آخر، وسيُمحى العنوان بعد { $days }.

goodbye-subject = انتهى اشتراكك في نشرة «{ $newsletter }»
goodbye-preheader = انتهى اشتراكك في نشرة «{ $newsletter }». لن تصلك منا رسائل أخرى.
goodbye-heading = لن تصلك منا رسائل أخرى.
goodbye-heading-plain = لن تصلك منا رسائل أخرى.
goodbye-left = انتهى اشتراكك في نشرة «{ $newsletter }»، وهذه آخر رسالة بشأنها. شكرًا على القراءة.
goodbye-mistake = إذا حدث ذلك عن طريق الخطأ، فبإمكانك
goodbye-sign-up = الاشتراك من جديد
goodbye-mistake-plain = إذا حدث ذلك عن طريق الخطأ، فبإمكانك الاشتراك من جديد:
